/* SPDX-License-Identifier: MIT
 *
 * timer_lua: see timer_lua.h. */
#include "bind/timer_lua.h"

#include "bind/box.h"
#include "bind/call.h"
#include "bind/loop_lua.h"
#include "bind/push.h"
#include "io/timer.h"

#include <math.h>
#include <stdlib.h>

#define TYPE "neap.timer"

static void on_timer(neap_loop *loop, void *ud)
{
    neap_timer *timer = ud;
    lua_State *L = neap_loop_state(loop);
    if (!neap_loop_callback(L, loop, timer, "fn"))
        return;
    neap_loop_drop(L, loop, timer);
    neap_call(L, 0);
}

static int start(lua_State *L, bool wall)
{
    neap_loop *loop = neap_loop_at(L, 1);
    double seconds = luaL_checknumber(L, 2);
    int64_t when = neap_duration_of(seconds);
    neap_err err = NEAP_ERR_INIT;
    neap_timer *timer;
    int rc;
    luaL_checktype(L, 3, LUA_TFUNCTION);
    luaL_argcheck(L, !isnan(seconds), 2, "not a number of seconds");
    timer = calloc(1, sizeof *timer);
    if (timer == NULL)
        return luaL_error(L, "out of memory");
    neap_box_push(L, TYPE, timer);
    if (wall && neap_duration_seconds(when) < seconds)
        when = neap_duration_add(when, 1000); /* rounded down; never early */
    rc = wall ? neap_timer_start_at(timer, loop, when, on_timer, timer, &err)
              : neap_timer_start(timer, loop, when, on_timer, timer, &err);
    if (rc != 0)
        return neap_push_fail(L, &err);
    neap_box_set_callback(L, lua_gettop(L), "fn", 3);
    neap_loop_keep(L, loop, timer);
    return 1;
}

int neap_loop_timer_lua(lua_State *L)
{
    return start(L, false);
}

int neap_loop_alarm_lua(lua_State *L)
{
    return start(L, true);
}

static int timer_stop(lua_State *L)
{
    neap_timer *timer = neap_box_check(L, 1, TYPE);
    if (!neap_timer_active(timer))
        return 0;
    neap_timer_stop(timer);
    neap_loop_drop(L, timer->loop, timer);
    return 0;
}

static int timer_active(lua_State *L)
{
    lua_pushboolean(L, neap_timer_active(neap_box_check(L, 1, TYPE)));
    return 1;
}

static int timer_gc(lua_State *L)
{
    neap_box *box = lua_touserdata(L, 1);
    neap_timer *timer = box->object;
    box->object = NULL;
    if (timer == NULL)
        return 0;
    neap_timer_stop(timer);
    free(timer);
    return 0;
}

static const luaL_Reg methods[] = {
    {"active", timer_active},
    {"stop", timer_stop},
    {NULL, NULL},
};

void neap_timer_type_lua(lua_State *L)
{
    neap_box_type(L, TYPE, methods, timer_gc);
}

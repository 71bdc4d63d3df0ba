/* SPDX-License-Identifier: MIT
 *
 * loop_lua: native.loop, and the methods that both worlds have. */
#include "bind/loop_lua.h"

#include "bind/call.h"
#include "bind/native.h"
#include "bind/notice_lua.h"
#include "bind/process_lua.h"
#include "bind/push.h"
#include "bind/timer_lua.h"

#include <stdint.h>

/* --- running -------------------------------------------------------------- */

static neap_loop *idle_loop(lua_State *L, const char *verb)
{
    neap_loop *loop = neap_loop_at(L, 1);
    if (neap_loop_busy(loop))
        luaL_error(L, "loop:%s() inside a callback of that loop", verb);
    return loop;
}

static int loop_run(lua_State *L)
{
    lua_pushboolean(L, neap_loop_run(idle_loop(L, "run")));
    return 1;
}

static int loop_step(lua_State *L)
{
    lua_pushboolean(L, neap_loop_step(idle_loop(L, "step")));
    return 1;
}

static int loop_stop(lua_State *L)
{
    neap_loop_stop(neap_loop_at(L, 1));
    return 0;
}

static void let_go(lua_State *L, neap_box *box)
{
    neap_loop *loop = box->object;
    box->object = NULL;
    neap_box_release(L, loop);
    neap_loop_close(loop);
}

static int loop_close(lua_State *L)
{
    neap_box *box = neap_loop_box_at(L, 1);
    if (box->object == NULL)
        return 0;
    idle_loop(L, "close");
    let_go(L, box);
    return 0;
}

/* A state that is closed from inside a callback leaves the loop as it is. */
static int loop_gc(lua_State *L)
{
    neap_box *box = lua_touserdata(L, 1);
    if (box->object != NULL && !neap_loop_busy(box->object))
        let_go(L, box);
    return 0;
}

/* --- deferred functions ----------------------------------------------------*/

static void on_deferred(neap_loop *loop, void *ud)
{
    lua_State *L = neap_loop_state(loop);
    int ref = (int)(intptr_t)ud;
    neap_loop_push_env(L, loop);
    lua_rawgeti(L, -1, ref);
    luaL_unref(L, -2, ref);
    lua_remove(L, -2);
    neap_call(L, 0);
}

static int loop_defer(lua_State *L)
{
    neap_loop *loop = neap_loop_at(L, 1);
    neap_err err;
    int ref;
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_getfenv(L, 1);
    lua_pushvalue(L, 2);
    ref = luaL_ref(L, -2);
    if (neap_loop_defer(loop, on_deferred, (void *)(intptr_t)ref, &err) != 0)
        return neap_push_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* --- queries -------------------------------------------------------------- */

static int loop_now(lua_State *L)
{
    lua_pushnumber(L, neap_duration_seconds(neap_loop_now(neap_loop_at(L, 1))));
    return 1;
}

static int loop_wall(lua_State *L)
{
    lua_pushnumber(L,
                   neap_duration_seconds(neap_loop_wall(neap_loop_at(L, 1))));
    return 1;
}

static int loop_random(lua_State *L)
{
    lua_pushnumber(L, neap_loop_random(neap_loop_at(L, 1)));
    return 1;
}

static int loop_fd(lua_State *L)
{
    lua_pushinteger(L, neap_loop_fd(neap_loop_at(L, 1)));
    return 1;
}

static int loop_timeout(lua_State *L)
{
    int64_t wait = neap_loop_timeout(neap_loop_at(L, 1));
    lua_pushnumber(L, wait == NEAP_NEVER ? -1 : neap_duration_seconds(wait));
    return 1;
}

static int loop_pending(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)neap_loop_pending(neap_loop_at(L, 1)));
    return 1;
}

/* --- the type ------------------------------------------------------------- */

static const luaL_Reg methods[] = {
    {"alarm", neap_loop_alarm_lua},
    {"close", loop_close},
    {"defer", loop_defer},
    {"fd", loop_fd},
    {"now", loop_now},
    {"pending", loop_pending},
    {"random", loop_random},
    {"run", loop_run},
    {"signal", neap_loop_signal_lua},
    {"spawn", neap_loop_spawn_lua},
    {"step", loop_step},
    {"stop", loop_stop},
    {"timeout", loop_timeout},
    {"timer", neap_loop_timer_lua},
    {"wall", loop_wall},
    {"watch", neap_loop_watch_lua},
    {NULL, NULL},
};

void neap_loop_type(lua_State *L, const char *name, const luaL_Reg *more)
{
    neap_box_type(L, name, methods, loop_gc);
    if (more == NULL)
        return;
    luaL_getmetatable(L, name);
    lua_getfield(L, -1, "__index");
    luaL_setfuncs(L, more, 0);
    lua_pop(L, 2);
}

void neap_loop_push(lua_State *L, const char *name, neap_loop *loop)
{
    neap_box *box = neap_box_push(L, name, loop);
    neap_loop_set_host(loop, box->main);
    neap_box_anchor(L, lua_gettop(L));
}

static int loop_new(lua_State *L)
{
    neap_loop *loop;
    neap_err err;
    if (neap_loop_new(&loop, &err) != 0)
        return neap_push_fail(L, &err);
    neap_loop_push(L, "neap.loop", loop);
    return 1;
}

static const luaL_Reg functions[] = {
    {"ignores", neap_loop_ignores_lua},
    {"new", loop_new},
    {NULL, NULL},
};

int neap_open_loop(lua_State *L)
{
    neap_loop_type(L, "neap.loop", NULL);
    neap_process_type_lua(L);
    neap_timer_type_lua(L);
    neap_notice_type_lua(L);
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    return 1;
}

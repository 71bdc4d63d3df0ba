/* SPDX-License-Identifier: MIT
 *
 * watch_lua: core/watch for Lua; see meta/watch.lua. */
#include "bind/box.h"
#include "bind/native.h"
#include "bind/opts.h"
#include "core/watch.h"

#include <stdlib.h>

#define TYPE "neap.watch"

static const char *const known[] = {"wall",   "silence",  "permission",
                                    "linger", "deadline", NULL};
/* In the order of neap_watch_verdict; fine is nil. */
static const char *const verdicts[] = {NULL, "wall", "silence", "permission",
                                       "linger"};

static neap_watch_options options_at(lua_State *L, int arg)
{
    neap_watch_options w = NEAP_WATCH_OPTIONS_INIT;
    neap_opts o = neap_opts_open(L, arg, "watch", known);
    w.wall = neap_opts_duration(&o, "wall", w.wall, 0);
    w.silence = neap_opts_duration(&o, "silence", w.silence, 0);
    w.permission = neap_opts_duration(&o, "permission", w.permission, 0);
    w.linger = neap_opts_duration(&o, "linger", w.linger, 0);
    w.deadline = neap_duration_of(neap_opts_number(&o, "deadline", 0));
    return w;
}

static int watch_new(lua_State *L)
{
    neap_watch_options options = options_at(L, 1);
    int64_t now = neap_opts_seconds_at(L, 2);
    neap_box *box = neap_box_push(L, TYPE, NULL);
    box->object = malloc(sizeof(neap_watch));
    if (box->object == NULL)
        return luaL_error(L, "no memory for a watch");
    neap_watch_init(box->object, &options, now);
    return 1;
}

static int watch_progress(lua_State *L)
{
    neap_watch *w = neap_box_check(L, 1, TYPE);
    neap_watch_progress(w, neap_opts_seconds_at(L, 2));
    return 0;
}

static int watch_sign(lua_State *L)
{
    neap_watch_sign(neap_box_check(L, 1, TYPE));
    return 0;
}

static int watch_blocked(lua_State *L)
{
    neap_watch *w = neap_box_check(L, 1, TYPE);
    neap_watch_blocked(w, neap_opts_seconds_at(L, 2));
    return 0;
}

static int watch_terminal(lua_State *L)
{
    neap_watch *w = neap_box_check(L, 1, TYPE);
    neap_watch_terminal(w, neap_opts_seconds_at(L, 2));
    return 0;
}

static int watch_ended(lua_State *L)
{
    neap_watch_ended(neap_box_check(L, 1, TYPE));
    return 0;
}

static int watch_ask(lua_State *L)
{
    const neap_watch *w = neap_box_check(L, 1, TYPE);
    int64_t deadline;
    neap_watch_verdict verdict =
        neap_watch_ask(&deadline, w, neap_opts_seconds_at(L, 2));
    lua_pushstring(L, verdicts[verdict]);
    if (deadline == NEAP_NEVER)
        return 1;
    lua_pushnumber(L, neap_duration_seconds(deadline));
    return 2;
}

static int watch_gc(lua_State *L)
{
    free(neap_box_take(L, 1, TYPE));
    return 0;
}

static const luaL_Reg methods[] = {
    {"ask", watch_ask},     {"blocked", watch_blocked},
    {"ended", watch_ended}, {"progress", watch_progress},
    {"sign", watch_sign},   {"terminal", watch_terminal},
    {NULL, NULL},
};

int neap_open_watch(lua_State *L)
{
    neap_box_type(L, TYPE, methods, watch_gc);
    lua_newtable(L);
    lua_pushcfunction(L, watch_new);
    lua_setfield(L, -2, "new");
    return 1;
}

/* SPDX-License-Identifier: MIT
 *
 * sim_lua: native.sim: the simulated world and the scripts of its processes.
 *
 * A script is { matcher, behaviour }, kept in the loop's environment; the
 * first whose matcher fits a command decides what the process does. */
#include "bind/behaviour.h"
#include "bind/loop_lua.h"
#include "bind/native.h"
#include "bind/notice_lua.h"
#include "bind/opts.h"
#include "bind/process_lua.h"
#include "bind/push.h"
#include "io/notice.h"
#include "sim/loop.h"

#include <string.h>

#define TYPE   "neap.sim"
#define LATEST 9e9 /* seconds, of a wall clock */

/* Push table `name` of the environment of the loop at 1. */
static void push_list(lua_State *L, const char *name)
{
    lua_getfenv(L, 1);
    lua_getfield(L, -1, name);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, name);
    }
    lua_remove(L, -2);
}

/* --- sim:script ----------------------------------------------------------- */

static int sim_script(lua_State *L)
{
    int kind = lua_type(L, 2);
    neap_loop_at(L, 1);
    luaL_argcheck(L, kind == LUA_TSTRING || kind == LUA_TFUNCTION, 2,
                  "expected a pattern or a function");
    kind = lua_type(L, 3);
    luaL_argcheck(L, kind == LUA_TTABLE || kind == LUA_TFUNCTION, 3,
                  "expected a behaviour or a function");
    lua_settop(L, 3);
    push_list(L, "scripts");
    lua_createtable(L, 2, 0);
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, 1);
    lua_pushvalue(L, 3);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, (int)lua_objlen(L, -2) + 1);
    return 0;
}

/* --- finding the script of a command ---------------------------------------
 */

/* Push the argv of the options at 2, joined by spaces. */
static void push_command(lua_State *L)
{
    luaL_Buffer b;
    int n;
    lua_getfield(L, 2, "argv");
    n = lua_istable(L, -1) ? (int)lua_objlen(L, -1) : 0;
    luaL_buffinit(L, &b);
    for (int i = 1; i <= n; i++) {
        lua_rawgeti(L, 4, i);
        if (!lua_isstring(L, -1)) {
            lua_pop(L, 1);
            lua_pushliteral(L, "?");
        }
        luaL_addvalue(&b);
        if (i < n)
            luaL_addchar(&b, ' ');
    }
    luaL_pushresult(&b);
    lua_remove(L, 4);
}

/* Does the matcher on top fit? Pops it. The command is at 4. */
static bool fits(lua_State *L)
{
    bool yes;
    if (lua_isfunction(L, -1)) {
        lua_getfield(L, 2, "argv");
        lua_pushvalue(L, 2);
        lua_call(L, 2, 1);
    } else {
        lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
        lua_getfield(L, -1, "string");
        lua_getfield(L, -1, "find");
        lua_pushvalue(L, 4);
        lua_pushvalue(L, -5); /* matcher _LOADED string find command matcher */
        lua_call(L, 2, 1);
        lua_replace(L, -4);
        lua_pop(L, 2);
    }
    yes = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return yes;
}

/* Push the behaviour for the command at 4, or nil. */
static void push_behaviour(lua_State *L)
{
    int n, scripts;
    push_list(L, "scripts");
    scripts = lua_gettop(L);
    n = (int)lua_objlen(L, scripts);
    for (int i = 1; i <= n; i++, lua_pop(L, 1)) {
        lua_rawgeti(L, scripts, i);
        lua_rawgeti(L, -1, 1);
        if (!fits(L))
            continue;
        lua_rawgeti(L, -1, 2);
        if (lua_isfunction(L, -1)) {
            lua_pushvalue(L, 2);
            lua_call(L, 1, 1);
        }
        return;
    }
    lua_pushnil(L);
}

/* --- sim:spawn ------------------------------------------------------------ */

static void record(lua_State *L)
{
    push_list(L, "spawned");
    lua_newtable(L);
    lua_getfield(L, 2, "argv");
    for (int i = 1, n = (int)lua_objlen(L, -1); i <= n; i++) {
        lua_rawgeti(L, -1, i);
        lua_rawseti(L, -3, i);
    }
    lua_pop(L, 1);
    lua_rawseti(L, -2, (int)lua_objlen(L, -2) + 1);
    lua_pop(L, 1);
}

static int sim_spawn(lua_State *L)
{
    neap_loop *loop = neap_loop_at(L, 1);
    neap_err err = NEAP_ERR_INIT;
    neap_sim_behaviour behaviour = {0};
    bool known;
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 3);
    push_command(L); /* 4 */
    push_behaviour(L);
    known = !lua_isnil(L, -1);
    if (known)
        neap_behaviour_read(L, &behaviour);
    if (neap_sim_expect(loop, known ? &behaviour : NULL, &err) != 0)
        return neap_push_fail(L, &err);
    lua_settop(L, 3);
    if (neap_loop_spawn_lua(L) != 1)
        return 2;
    lua_replace(L, 4);
    lua_settop(L, 4);
    record(L);
    return 1;
}

static int sim_spawned(lua_State *L)
{
    neap_loop_at(L, 1);
    push_list(L, "spawned");
    return 1;
}

static int sim_raise(lua_State *L)
{
    neap_notice_raise(neap_loop_at(L, 1), neap_signal_at(L, 2));
    return 0;
}

static int sim_set_wall(lua_State *L)
{
    double wall = luaL_checknumber(L, 2);
    luaL_argcheck(L, wall >= 0 && wall <= LATEST, 2, "no time of a wall clock");
    neap_sim_set_wall(neap_loop_at(L, 1), neap_duration_of(wall));
    return 0;
}

static const luaL_Reg methods[] = {
    {"raise", sim_raise}, {"script", sim_script},   {"set_wall", sim_set_wall},
    {"spawn", sim_spawn}, {"spawned", sim_spawned}, {NULL, NULL},
};

static int sim_new(lua_State *L)
{
    static const char *const known[] = {"seed", "wall", NULL};
    neap_sim_options options = NEAP_SIM_OPTIONS_INIT;
    neap_opts o = neap_opts_open(L, 1, "opts", known);
    neap_err err = NEAP_ERR_INIT;
    neap_loop *loop;
    options.seed = (uint64_t)neap_opts_range(&o, "seed", 1, 0, 1e15);
    options.wall = neap_duration_of(neap_opts_range(
        &o, "wall", neap_duration_seconds(options.wall), 0, LATEST));
    if (neap_sim_new(&loop, &options, &err) != 0)
        return neap_push_fail(L, &err);
    neap_loop_push(L, TYPE, loop);
    return 1;
}

static const luaL_Reg functions[] = {
    {"new", sim_new},
    {NULL, NULL},
};

int neap_open_sim(lua_State *L)
{
    neap_loop_type(L, TYPE, methods);
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    return 1;
}

/* SPDX-License-Identifier: MIT
 *
 * call: see call.h. */
#include "bind/call.h"

#include <lauxlib.h>
#include <stdio.h>

static const char handler = 'h';

void neap_call_init(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, "neap.main");
    if (lua_isnil(L, -1)) {
        lua_pushthread(L);
        lua_setfield(L, LUA_REGISTRYINDEX, "neap.main");
    }
    lua_pop(L, 1);
}

static int traceback(lua_State *L)
{
    const char *message = lua_tostring(L, 1);
    if (message == NULL) {
        if (luaL_callmeta(L, 1, "__tostring") && lua_isstring(L, -1))
            message = lua_tostring(L, -1);
        else
            message = "(error object is not a string)";
    }
    luaL_traceback(L, L, message, 1);
    return 1;
}

static void report(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)&handler);
    lua_rawget(L, LUA_REGISTRYINDEX);
    if (lua_isfunction(L, -1)) {
        lua_pushvalue(L, -2);
        if (lua_pcall(L, 1, 0, 0) == 0)
            return;
        lua_pop(L, 1);
    } else {
        lua_pop(L, 1);
    }
    fprintf(stderr, "neap: %s\n", lua_tostring(L, -1));
}

bool neap_call(lua_State *L, int nargs)
{
    int base = lua_gettop(L) - nargs;
    int status;
    lua_pushcfunction(L, traceback);
    lua_insert(L, base);
    status = lua_pcall(L, nargs, 0, base);
    if (status != 0) {
        report(L);
        lua_settop(L, base);
    }
    lua_remove(L, base);
    return status == 0;
}

int neap_call_on_error(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_pushlightuserdata(L, (void *)&handler);
    lua_pushvalue(L, 1);
    lua_rawset(L, LUA_REGISTRYINDEX);
    return 0;
}

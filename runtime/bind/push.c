/* SPDX-License-Identifier: MIT
 *
 * push: see push.h. */
#include "bind/push.h"

#include <lauxlib.h>

static int err_tostring(lua_State *L)
{
    lua_getfield(L, 1, "message");
    return 1;
}

void neap_push_err(lua_State *L, const neap_err *err)
{
    lua_createtable(L, 0, 3);
    lua_pushstring(L, neap_code_name(err->code));
    lua_setfield(L, -2, "code");
    lua_pushstring(L, err->message);
    lua_setfield(L, -2, "message");
    if (err->sys != 0) {
        lua_pushinteger(L, err->sys);
        lua_setfield(L, -2, "errno");
    }
    if (luaL_newmetatable(L, "neap.err")) {
        lua_pushcfunction(L, err_tostring);
        lua_setfield(L, -2, "__tostring");
    }
    lua_setmetatable(L, -2);
}

int neap_push_fail(lua_State *L, const neap_err *err)
{
    lua_pushnil(L);
    neap_push_err(L, err);
    return 2;
}

/* SPDX-License-Identifier: MIT
 *
 * native: see native.h. */
#include "bind/native.h"

#include "bind/call.h"
#include "bind/where.h"

#include <lauxlib.h>

static const luaL_Reg nouns[] = {
    {"backoff", neap_open_backoff},
    {"breaker", neap_open_breaker},
    {"dag", neap_open_dag},
    {"environ", neap_open_environ},
    {"git", neap_open_git},
    {"json", neap_open_json},
    {"loop", neap_open_loop},
    {"pool", neap_open_pool},
    {"sim", neap_open_sim},
    {"store", neap_open_store},
    {"sys", neap_open_sys},
    {"watch", neap_open_watch},
    {NULL, NULL},
};

int neap_open_native(lua_State *L)
{
    neap_call_init(L);
    lua_newtable(L);
    for (const luaL_Reg *noun = nouns; noun->name != NULL; noun++) {
        noun->func(L);
        lua_setfield(L, -2, noun->name);
    }
    lua_pushcfunction(L, neap_call_on_error);
    lua_setfield(L, -2, "on_error");
    lua_pushcfunction(L, neap_where_script);
    lua_setfield(L, -2, "script");
    lua_pushcfunction(L, neap_where);
    lua_setfield(L, -2, "where");
    lua_pushstring(L, NEAP_VERSION);
    lua_setfield(L, -2, "version");
    return 1;
}

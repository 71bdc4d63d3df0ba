/* SPDX-License-Identifier: MIT
 *
 * embed: see embed.h. */
#include "app/embed.h"

#include "bind/native.h"

#include <lauxlib.h>
#include <string.h>

/* Leaves the module's chunk on the stack, or nothing. */
static int load(lua_State *L, const char *name)
{
    for (const neap_embedded *m = neap_embedded_modules; m->name; m++) {
        if (strcmp(m->name, name) != 0)
            continue;
        if (luaL_loadbuffer(L, (const char *)m->data, m->size, m->chunk) != 0)
            return lua_error(L);
        return 1;
    }
    return 0;
}

static int searcher(lua_State *L)
{
    return load(L, luaL_checkstring(L, 1));
}

int neap_embed_run(lua_State *L, const char *name)
{
    if (load(L, name) == 0)
        return luaL_error(L, "module %s is not embedded", name);
    lua_pushstring(L, name);
    lua_call(L, 1, 1);
    return 1;
}

void neap_embed_install(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, neap_open_native);
    lua_setfield(L, -2, "neap.native");
    lua_pop(L, 1);

    /* After preload (1), before the file searchers. */
    lua_getfield(L, -1, "loaders");
    for (int i = (int)lua_objlen(L, -1); i >= 2; i--) {
        lua_rawgeti(L, -1, i);
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushcfunction(L, searcher);
    lua_rawseti(L, -2, 2);
    lua_pop(L, 2);
}

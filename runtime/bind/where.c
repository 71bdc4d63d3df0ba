/* SPDX-License-Identifier: MIT
 *
 * where: see where.h. */
#include "bind/where.h"

#include <lauxlib.h>
#include <string.h>

/* The file of a source, as lua_getinfo has it, when it is a script's: the
 * chunks of what is embedded are called lua/neap/… and stdlib/neap/…. */
static const char *file_of(const char *source)
{
    static const char lua[] = "@lua/neap/", stdlib[] = "@stdlib/neap/";
    if (source[0] != '@' || strncmp(source, lua, sizeof lua - 1) == 0 ||
        strncmp(source, stdlib, sizeof stdlib - 1) == 0)
        return NULL;
    return source + 1;
}

int neap_where_script(lua_State *L)
{
    lua_pushstring(L, file_of(luaL_checkstring(L, 1)));
    return 1;
}

int neap_where(lua_State *L)
{
    lua_State *of = lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
    lua_Debug frame;
    for (int level = of == L; lua_getstack(of, level, &frame); level++) {
        const char *file;
        lua_getinfo(of, "Sl", &frame);
        file = file_of(frame.source);
        if (file == NULL || frame.currentline <= 0)
            continue;
        lua_pushstring(L, file);
        lua_pushinteger(L, frame.currentline);
        return 2;
    }
    return 0;
}

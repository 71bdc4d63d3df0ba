/* SPDX-License-Identifier: MIT
 *
 * environ_lua: see environ_lua.h. */
#include "bind/environ_lua.h"

#include "bind/native.h"

#include <lauxlib.h>
#include <string.h>

#define TYPE "neap.environ"

extern char **environ;

/* The string on top, which must not hold a NUL; it stays on the stack. */
static size_t measure(lua_State *L, const char *option, const char *what)
{
    size_t len = 0;
    if (lua_type(L, -1) != LUA_TSTRING)
        luaL_error(L, "opts.%s.%s: expected a string, got %s", option, what,
                   luaL_typename(L, -1));
    if (strlen(lua_tolstring(L, -1, &len)) != len)
        luaL_error(L, "opts.%s.%s: holds a NUL byte", option, what);
    return len;
}

static size_t measure_all(lua_State *L, const char *option, int table,
                          size_t *count)
{
    size_t size = 0;
    *count = 0;
    for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
        const char *name;
        lua_pushvalue(L, -2);
        size += measure(L, option, "name") + 2;
        name = lua_tostring(L, -1);
        if (name[0] == '\0' || strchr(name, '=') != NULL)
            luaL_error(L, "opts.%s: \"%s\" cannot be a name", option, name);
        lua_pop(L, 1);
        size += measure(L, option, name);
        ++*count;
    }
    return size;
}

/* The pointers and the strings of the table at `table`, in one userdata. */
static char **push_array(lua_State *L, const char *option, int table)
{
    size_t count, size = measure_all(L, option, table, &count);
    char **array = lua_newuserdata(L, (count + 1) * sizeof *array + size);
    char *at = (char *)(array + count + 1);
    array[count] = NULL;
    for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
        size_t name_len, value_len;
        const char *name = lua_tolstring(L, -2, &name_len);
        const char *value = lua_tolstring(L, -1, &value_len);
        array[--count] = at;
        memcpy(at, name, name_len);
        at[name_len] = '=';
        memcpy(at + name_len + 1, value, value_len + 1);
        at += name_len + value_len + 2;
    }
    return array;
}

static size_t length(char *const *array)
{
    size_t count = 0;
    while (array[count] != NULL)
        count++;
    return count;
}

/* Each of `array` has its "="; one of our own may have none. */
static bool names(char *const *array, const char *variable)
{
    for (; *array != NULL; array++) {
        size_t at = 0;
        while ((*array)[at] == variable[at] && variable[at] != '=')
            at++;
        if ((*array)[at] == variable[at])
            return true;
    }
    return false;
}

/* All of `more`, and what it does not name of `base`. */
static char **push_both(lua_State *L, char *const *base, char *const *more)
{
    size_t count = length(more);
    char **array =
        lua_newuserdata(L, (length(base) + count + 1) * sizeof *array);
    memcpy(array, more, count * sizeof *array);
    for (; *base != NULL; base++)
        if (!names(more, *base))
            array[count++] = *base;
    array[count] = NULL;
    return array;
}

char **neap_environ_read(const neap_opts *opts)
{
    lua_State *L = opts->L;
    char **base = NULL;
    if (neap_opts_push(opts, "env", LUA_TNONE)) {
        base = luaL_testudata(L, -1, TYPE);
        if (base == NULL && !lua_istable(L, -1))
            luaL_error(L, "opts.env: expected a table, got %s",
                       luaL_typename(L, -1));
        if (base == NULL)
            base = push_array(L, "env", lua_gettop(L));
    }
    if (!neap_opts_push(opts, "add", LUA_TTABLE))
        return base;
    return push_both(L, base != NULL ? base : environ,
                     push_array(L, "add", lua_gettop(L)));
}

static int environ_new(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    push_array(L, "env", 1);
    luaL_getmetatable(L, TYPE);
    lua_setmetatable(L, -2);
    return 1;
}

static const luaL_Reg functions[] = {
    {"new", environ_new},
    {NULL, NULL},
};

int neap_open_environ(lua_State *L)
{
    luaL_newmetatable(L, TYPE);
    lua_pop(L, 1);
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    return 1;
}

/* SPDX-License-Identifier: MIT
 *
 * store_define_lua: a Lua table as a definition. See store_lua.h.
 *
 * What is read points into Lua strings and into userdata left on the stack:
 * both live until the call returns. */
#include "bind/opts.h"
#include "bind/push.h"
#include "bind/store_lua.h"

#include <string.h>

/* Zeroed memory for the duration of the call, left on the stack. */
static void *scratch(lua_State *L, size_t count, size_t size)
{
    void *memory = lua_newuserdata(L, (count + 1) * size);
    return memset(memory, 0, (count + 1) * size);
}

static const char *string_at(lua_State *L, int index, const char *path)
{
    if (lua_type(L, index) != LUA_TSTRING)
        luaL_error(L, "%s: expected a string, got %s", path,
                   luaL_typename(L, index));
    return lua_tostring(L, index);
}

static const char *const *read_tables(lua_State *L, const neap_opts *opts)
{
    const char **tables;
    size_t count;
    if (!neap_opts_push(opts, "tables", LUA_TTABLE))
        return NULL;
    count = lua_objlen(L, -1);
    tables = scratch(L, count, sizeof *tables);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, -2, (int)i + 1);
        tables[i] = string_at(L, -1, "definition.tables");
        lua_pop(L, 1);
    }
    return tables;
}

static size_t count_pairs(lua_State *L, int index)
{
    size_t count = 0;
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        count += lua_istable(L, -1) ? lua_objlen(L, -1) : 1;
        lua_pop(L, 1);
    }
    return count;
}

/* { name = "sql" } or { name = { "sql", … } } under `key`. */
static const neap_named_sql *read_named(lua_State *L, const neap_opts *opts,
                                        const char *key, const char *path)
{
    neap_named_sql *list, *next;
    int index;
    if (!neap_opts_push(opts, key, LUA_TTABLE))
        return NULL;
    index = lua_gettop(L);
    list = next = scratch(L, count_pairs(L, index), sizeof *list);
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        const char *name = string_at(L, -2, path);
        if (!lua_istable(L, -1))
            *next++ = (neap_named_sql){name, string_at(L, -1, path)};
        for (size_t i = 1; lua_istable(L, -1) && i <= lua_objlen(L, -1); i++) {
            lua_rawgeti(L, -1, (int)i);
            *next++ = (neap_named_sql){name, string_at(L, -1, path)};
            lua_pop(L, 1);
        }
        lua_pop(L, 1);
    }
    return list;
}

int neap_store_define_lua(lua_State *L)
{
    static const char *const known[] = {"tables",         "schema",
                                        "projections",    "statements",
                                        "schema_version", NULL};
    neap_store *store = neap_store_check(L);
    neap_opts opts = neap_opts_open(L, 2, "definition", known);
    neap_definition definition = NEAP_DEFINITION_INIT;
    neap_err err = NEAP_ERR_INIT;
    definition.version =
        (int)neap_opts_range(&opts, "schema_version", 1, 1, 1e9);
    definition.schema = neap_opts_string(&opts, "schema", "", NULL);
    definition.tables = read_tables(L, &opts);
    definition.projections =
        read_named(L, &opts, "projections", "definition.projections");
    definition.statements =
        read_named(L, &opts, "statements", "definition.statements");
    if (neap_store_define(store, &definition, &err) < 0)
        return neap_push_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

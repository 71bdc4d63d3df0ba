/* SPDX-License-Identifier: MIT
 *
 * store_query_lua: rows as Lua tables. See store_lua.h. */
#include "bind/json_lua.h"
#include "bind/opts.h"
#include "bind/push.h"
#include "bind/store_lua.h"

#include <string.h>

/* --- store:query ---------------------------------------------------------- */

/* The place of the key at `index`: a name, or a position for ?. */
static int place_of(lua_State *L, int index, const neap_rows *rows)
{
    if (lua_type(L, index) == LUA_TSTRING)
        return neap_rows_parameter(rows, lua_tostring(L, index));
    if (lua_type(L, index) != LUA_TNUMBER)
        return 0;
    return lua_tointeger(L, index) <= neap_rows_parameters(rows)
               ? (int)lua_tointeger(L, index)
               : 0;
}

/* Bind the table at 3, which keeps the bytes alive. */
static int bind_all(lua_State *L, neap_rows *rows, neap_err *err)
{
    int rc = 0;
    lua_pushnil(L);
    while (rc == 0 && lua_next(L, 3) != 0) {
        neap_value value;
        int place = place_of(L, -2, rows);
        bool fits = neap_store_value(L, -1, &value);
        if (place <= 0 || !fits) {
            neap_rows_close(rows);
            lua_pushvalue(L, -2);
            luaL_error(L, "query: parameter \"%s\": %s", lua_tostring(L, -1),
                       fits ? "the statement has none of that name"
                            : "a table cannot hold that value");
        }
        rc = neap_rows_bind(rows, place, &value, err);
        lua_pop(L, 1);
    }
    return rc;
}

/* Push the row the answer stands on; a null is an absent field, so that wide
 * rows with little in them stay small. `fields` is how many the row before had,
 * and becomes how many this one has. */
static void push_row(lua_State *L, const neap_rows *rows, int count, int names,
                     int *fields)
{
    lua_createtable(L, 0, *fields);
    *fields = 0;
    for (int i = 0; i < count; i++) {
        neap_value value = neap_rows_value(rows, i);
        if (value.type == NEAP_VALUE_NULL)
            continue;
        lua_pushvalue(L, names + i);
        neap_store_push_value(L, &value);
        lua_rawset(L, -3);
        ++*fields;
    }
}

/* Push the array of all rows. The names of the columns lie below it. */
static int push_rows(lua_State *L, neap_rows *rows, neap_err *err)
{
    int rc, count = neap_rows_columns(rows), names = lua_gettop(L) + 1;
    int fields = count;
    luaL_checkstack(L, count + 8, "too many columns");
    for (int i = 0; i < count; i++)
        lua_pushstring(L, neap_rows_name(rows, i));
    lua_newtable(L);
    for (int row = 1; (rc = neap_rows_next(rows, err)) > 0; row++) {
        push_row(L, rows, count, names, &fields);
        lua_rawseti(L, -2, row);
    }
    return rc;
}

int neap_store_query_lua(lua_State *L)
{
    neap_store *store = neap_store_check(L);
    size_t len;
    const char *sql = luaL_checklstring(L, 2, &len);
    neap_err err = NEAP_ERR_INIT;
    neap_rows *rows;
    int rc;
    lua_settop(L, 3);
    if (!lua_isnil(L, 3))
        luaL_checktype(L, 3, LUA_TTABLE);
    if (neap_store_query(&rows, store, sql, len, &err) < 0)
        return neap_push_fail(L, &err);
    rc = lua_isnil(L, 3) ? 0 : bind_all(L, rows, &err);
    if (rc == 0)
        rc = push_rows(L, rows, &err);
    neap_rows_close(rows);
    return rc < 0 ? neap_push_fail(L, &err) : 1;
}

/* --- store:events --------------------------------------------------------- */

static const char all_events[] = "SELECT " NEAP_EVENT_COLUMNS " FROM event "
                                 "WHERE seq>?1 ORDER BY seq LIMIT ?2";
static const char run_events[] = "SELECT " NEAP_EVENT_COLUMNS " FROM event "
                                 "WHERE seq>?1 AND run=?3 ORDER BY n LIMIT ?2";

/* Push the event the answer stands on, its data decoded. */
static int push_event(lua_State *L, neap_rows *rows, neap_json_codec *codec,
                      neap_err *err)
{
    static const char *const names[] = NEAP_EVENT_NAMES;
    neap_value data = neap_rows_value(rows, NEAP_EVENT_DATA);
    int rc;
    lua_createtable(L, 0, NEAP_EVENT_FIELDS);
    for (int i = 0; i < NEAP_EVENT_DATA; i++) {
        neap_value value = neap_rows_value(rows, i);
        if (value.type == NEAP_VALUE_NULL)
            continue;
        neap_store_push_value(L, &value);
        lua_setfield(L, -2, names[i]);
    }
    rc = neap_json_decode(L, codec, data.bytes, data.len, NULL, err);
    if (rc == 0)
        lua_setfield(L, -2, "data");
    return rc;
}

static int push_events(lua_State *L, neap_rows *rows, neap_err *err)
{
    neap_json_codec *codec = neap_json_codec_take(L);
    int rc;
    lua_newtable(L);
    for (int i = 1; (rc = neap_rows_next(rows, err)) > 0; i++) {
        rc = push_event(L, rows, codec, err);
        if (rc < 0)
            break;
        lua_rawseti(L, -2, i);
    }
    neap_json_codec_give(codec);
    return rc;
}

int neap_store_events_lua(lua_State *L)
{
    static const char *const known[] = {"run", "after", "limit", NULL};
    neap_store *store = neap_store_check(L);
    neap_opts opts = neap_opts_open(L, 2, "options", known);
    size_t len;
    const char *run = neap_opts_string(&opts, "run", NULL, &len);
    neap_value values[3] = {
        neap_value_integer((int64_t)neap_opts_number(&opts, "after", 0)),
        neap_value_integer((int64_t)neap_opts_number(&opts, "limit", -1)),
        run != NULL ? neap_value_text(run, len) : neap_value_null(),
    };
    const char *sql = run != NULL ? run_events : all_events;
    neap_err err = NEAP_ERR_INIT;
    neap_rows *rows;
    int rc = neap_store_query(&rows, store, sql, strlen(sql), &err);
    if (rc < 0)
        return neap_push_fail(L, &err);
    for (int i = 0; rc == 0 && i < neap_rows_parameters(rows); i++)
        rc = neap_rows_bind(rows, i + 1, &values[i], &err);
    if (rc == 0)
        rc = push_events(L, rows, &err);
    neap_rows_close(rows);
    return rc < 0 ? neap_push_fail(L, &err) : 1;
}

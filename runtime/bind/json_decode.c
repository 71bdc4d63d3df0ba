/* SPDX-License-Identifier: MIT
 *
 * json_decode: the half of json_lua.h that reads.
 *
 * The first elements of a table wait on the stack, so that it is made once
 * and in its size: [placeholder for the table, waiting elements …]. */
#include "bind/json_lua.h"

#include "base/base64.h"
#include "base/json.h"

#include <string.h>

enum { WAITING = 32 }; /* slots: elements of an array, keys and values */

typedef struct decoder {
    lua_State *L;
    neap_json_codec *codec;
    neap_json json;
    neap_err *err;
} decoder;

static int push_value(decoder *d, int token);

static int trouble(decoder *d, int code, const char *what)
{
    return neap_err_set(d->err, code, "JSON: %s at offset %zu", what,
                        d->json.at);
}

/* Make the table in slot `base` and move what waits above it in. */
static void fill_array(lua_State *L, int base, int room)
{
    int n = lua_gettop(L) - base;
    lua_createtable(L, room, 0);
    lua_replace(L, base);
    for (int i = 1; i <= n; i++) {
        lua_pushvalue(L, base + i);
        lua_rawseti(L, base, i);
    }
    lua_settop(L, base);
}

static void fill_object(lua_State *L, int base, int room)
{
    int top = lua_gettop(L);
    lua_createtable(L, 0, room);
    lua_replace(L, base);
    for (int i = base + 1; i < top; i += 2) {
        lua_pushvalue(L, i);
        lua_pushvalue(L, i + 1);
        lua_rawset(L, base);
    }
    lua_settop(L, base);
}

static int push_array(decoder *d)
{
    lua_State *L = d->L;
    int base = lua_gettop(L) + 1, count = 0, token;
    lua_pushnil(L);
    while ((token = neap_json_next(&d->json, d->err)) != NEAP_JSON_ARRAY_END) {
        int code = push_value(d, token);
        if (code != 0)
            return code;
        if (++count == WAITING)
            fill_array(L, base, 2 * WAITING);
        else if (count > WAITING)
            lua_rawseti(L, base, count);
    }
    if (count < WAITING)
        fill_array(L, base, count);
    if (count == 0) {
        neap_json_push_array_mark(L);
        lua_setmetatable(L, base);
    }
    return 0;
}

/* A lone {"$bytes": "…"} waits above `base`: it becomes its string. */
static int unmark(decoder *d, int base)
{
    neap_buf *scratch = &d->codec->scratch;
    size_t len;
    const char *text = lua_tolstring(d->L, base + 2, &len);
    int code;
    neap_buf_clear(scratch);
    code = neap_base64_decode(scratch, text, len);
    if (code != 0)
        return trouble(d, code, "bad base64 of bytes");
    lua_pushlstring(d->L, scratch->bytes, scratch->len);
    lua_replace(d->L, base);
    lua_settop(d->L, base);
    return 0;
}

static bool is_mark(lua_State *L, int base)
{
    size_t len;
    const char *key;
    if (lua_gettop(L) != base + 2 || lua_type(L, base + 2) != LUA_TSTRING)
        return false;
    key = lua_tolstring(L, base + 1, &len);
    return len == strlen(NEAP_JSON_BYTES) &&
           memcmp(key, NEAP_JSON_BYTES, len) == 0;
}

static int push_object(decoder *d)
{
    lua_State *L = d->L;
    int base = lua_gettop(L) + 1, slots = 0, token;
    lua_pushnil(L);
    while ((token = neap_json_next(&d->json, d->err)) == NEAP_JSON_KEY) {
        int code;
        lua_pushlstring(L, d->json.string, d->json.string_len);
        token = neap_json_next(&d->json, d->err);
        code = push_value(d, token);
        if (code != 0)
            return code;
        slots += 2;
        if (slots == WAITING)
            fill_object(L, base, WAITING);
        else if (slots > WAITING)
            lua_rawset(L, base);
    }
    if (token != NEAP_JSON_OBJECT_END)
        return token;
    if (is_mark(L, base))
        return unmark(d, base);
    if (slots < WAITING)
        fill_object(L, base, slots / 2);
    return 0;
}

/* Push the value that begins with `token`; an error code comes through. */
static int push_value(decoder *d, int token)
{
    lua_State *L = d->L;
    switch (token) {
    case NEAP_JSON_NULL:
        lua_pushlightuserdata(L, NULL);
        return 0;
    case NEAP_JSON_FALSE:
    case NEAP_JSON_TRUE:
        lua_pushboolean(L, token == NEAP_JSON_TRUE);
        return 0;
    case NEAP_JSON_NUMBER:
        lua_pushnumber(L, d->json.number);
        return 0;
    case NEAP_JSON_STRING:
        lua_pushlstring(L, d->json.string, d->json.string_len);
        return 0;
    case NEAP_JSON_ARRAY:
    case NEAP_JSON_OBJECT:
        if (!lua_checkstack(L, WAITING + 8))
            return trouble(d, NEAP_ELIMIT, "no room on the Lua stack");
        return token == NEAP_JSON_ARRAY ? push_array(d) : push_object(d);
    default:
        return token;
    }
}

int neap_json_decode(lua_State *L, neap_json_codec *codec, const char *text,
                     size_t len, size_t *offset, neap_err *err)
{
    int top = lua_gettop(L);
    decoder d;
    int code;
    d.L = L;
    d.codec = codec;
    d.err = err;
    neap_json_init(&d.json, text, len, &codec->scratch);
    code = push_value(&d, neap_json_next(&d.json, err));
    if (code == 0)
        code = neap_json_next(&d.json, err); /* END is 0 */
    if (offset != NULL)
        *offset = d.json.at;
    if (code != 0)
        lua_settop(L, top);
    return code;
}

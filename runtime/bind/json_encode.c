/* SPDX-License-Identifier: MIT
 *
 * json_encode: the half of json_lua.h that writes. */
#include "bind/json_lua.h"

#include "base/json.h"
#include "bind/json_path.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct encoder {
    lua_State *L;
    neap_json_codec *codec;
    neap_buf *out;
    neap_err *err;
    const char *name;
    unsigned how;
    int depth;
    neap_json_frame frames[NEAP_JSON_DEEPEST];
} encoder;

static int put_value(encoder *e);

static int refuse(encoder *e, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int refuse(encoder *e, int code, const char *fmt, ...)
{
    char what[160];
    neap_buf path = NEAP_BUF_INIT;
    const char *text;
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    neap_json_put_path(&path, e->name, e->frames, e->depth);
    text = neap_buf_cstr(&path);
    neap_err_set(e->err, code, "%.130s: %s", text != NULL ? text : e->name,
                 what);
    neap_buf_deinit(&path);
    return code;
}

static int put_string(encoder *e)
{
    size_t len;
    const char *text = lua_tolstring(e->L, -1, &len);
    int code = neap_json_put_string(e->out, text, len);
    if (code == NEAP_EINVAL)
        return refuse(e, code, "a string that is not UTF-8 (use neap.bytes)");
    return code;
}

static int put_number(encoder *e)
{
    double n = lua_tonumber(e->L, -1);
    int code = neap_json_put_number(e->out, n);
    if (code == NEAP_EINVAL)
        return refuse(e, code, "%s cannot be written as JSON",
                      n != n ? "not a number (NaN)" : "an infinite number");
    return code;
}

static int put_bytes(encoder *e)
{
    size_t len;
    const char *bytes;
    int code;
    lua_rawgeti(e->L, -1, 1);
    bytes = lua_tolstring(e->L, -1, &len);
    code = bytes != NULL
               ? neap_json_put_bytes(e->out, bytes, len)
               : refuse(e, NEAP_EINVAL, "json.bytes without its string");
    lua_pop(e->L, 1);
    return code;
}

static void new_line(encoder *e)
{
    if (!(e->how & NEAP_JSON_PRETTY))
        return;
    neap_buf_byte(e->out, '\n');
    for (int i = 0; i < e->depth; i++)
        neap_buf_text(e->out, "  ");
}

static int put_array(encoder *e, int count)
{
    neap_json_frame *f = &e->frames[e->depth++];
    int table = lua_gettop(e->L);
    int code = 0;
    f->key.text = NULL;
    neap_buf_byte(e->out, '[');
    for (f->index = 1; f->index <= count && code == 0; f->index++) {
        if (f->index > 1)
            neap_buf_byte(e->out, ',');
        new_line(e);
        lua_rawgeti(e->L, table, f->index);
        code = put_value(e);
        lua_pop(e->L, 1);
    }
    e->depth--;
    if (count > 0)
        new_line(e);
    neap_buf_byte(e->out, ']');
    return code;
}

/* `only`: alone in its object, where json.bytes would stand. */
static int put_field(encoder *e, int table, const neap_json_key *k, bool only)
{
    int code = neap_json_put_string(e->out, k->text, k->len);
    if (code == NEAP_EINVAL)
        return refuse(e, code, "a key that is not UTF-8");
    neap_buf_text(e->out, e->how & NEAP_JSON_PRETTY ? ": " : ":");
    lua_pushlstring(e->L, k->text, k->len);
    lua_rawget(e->L, table);
    if (only && lua_type(e->L, -1) == LUA_TSTRING &&
        k->len == strlen(NEAP_JSON_BYTES) &&
        memcmp(k->text, NEAP_JSON_BYTES, k->len) == 0)
        code = refuse(e, NEAP_EINVAL, "this key is reserved for json.bytes");
    else
        code = put_value(e);
    lua_pop(e->L, 1);
    return code;
}

/* The keys of this object are those of the codec behind `base` bytes. */
static int put_object(encoder *e, size_t base, size_t count)
{
    neap_json_frame *f = &e->frames[e->depth++];
    neap_buf *keys = &e->codec->keys;
    int table = lua_gettop(e->L);
    int code = 0;
    if (count > 1)
        neap_json_sort_keys((neap_json_key *)(keys->bytes + base), count);
    neap_buf_byte(e->out, '{');
    for (size_t i = 0; i < count && code == 0; i++) {
        f->key = ((neap_json_key *)(keys->bytes + base))[i];
        if (i > 0)
            neap_buf_byte(e->out, ',');
        new_line(e);
        code = put_field(e, table, &f->key, count == 1);
    }
    e->depth--;
    if (count > 0)
        new_line(e);
    neap_buf_byte(e->out, '}');
    return code;
}

/* Collect the string keys; count them and the integers, which must be 1..n. */
static int scan(encoder *e, size_t *names, int *count)
{
    lua_State *L = e->L;
    double last = 0;
    *names = 0;
    *count = 0;
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
        if (lua_type(L, -2) == LUA_TSTRING) {
            neap_json_key k;
            k.text = lua_tolstring(L, -2, &k.len);
            neap_buf_append(&e->codec->keys, &k, sizeof k);
            ++*names;
        } else if (lua_type(L, -2) == LUA_TNUMBER) {
            double n = lua_tonumber(L, -2);
            if (!(n >= 1 && n <= 1e9 && n == (int)n)) {
                lua_pop(L, 2);
                return refuse(e, NEAP_EINVAL, "the key %.14g", n);
            }
            last = n > last ? n : last;
            ++*count;
        } else {
            const char *type = lua_typename(L, lua_type(L, -2));
            lua_pop(L, 2);
            return refuse(e, NEAP_EINVAL, "a key that is a %s", type);
        }
    }
    if (*names > 0 && *count > 0)
        return refuse(e, NEAP_EINVAL, "a table with names and positions mixed");
    if (last != *count)
        return refuse(e, NEAP_EINVAL, "an array with holes (%d of %.0f)",
                      *count, last);
    return 0;
}

static int put_table(encoder *e)
{
    const void *table = lua_topointer(e->L, -1), *mark = NULL;
    size_t base = e->codec->keys.len, names;
    int deepest =
        e->how & NEAP_JSON_OUTER ? NEAP_JSON_DEEPEST : NEAP_JSON_DEPTH;
    int count, code;
    if (lua_getmetatable(e->L, -1)) {
        mark = lua_topointer(e->L, -1);
        lua_pop(e->L, 1);
    }
    if (mark == e->codec->bytes && mark != NULL)
        return put_bytes(e);
    for (int i = 0; i < e->depth; i++)
        if (e->frames[i].table == table)
            return refuse(e, NEAP_EINVAL, "a cycle");
    if (e->depth == deepest || !lua_checkstack(e->L, 8))
        return refuse(e, NEAP_ELIMIT, "nested deeper than %d", deepest);
    e->frames[e->depth].table = table;
    code = scan(e, &names, &count);
    if (code == 0 && names > 0 && mark == e->codec->array)
        code = refuse(e, NEAP_EINVAL, "names in a json.array");
    if (code == 0)
        code = count > 0 || (names == 0 && mark == e->codec->array)
                   ? put_array(e, count)
                   : put_object(e, base, names);
    e->codec->keys.len = base;
    return code;
}

static int put_value(encoder *e)
{
    lua_State *L = e->L;
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        return neap_buf_text(e->out, lua_toboolean(L, -1) ? "true" : "false");
    case LUA_TNUMBER:
        return put_number(e);
    case LUA_TSTRING:
        return put_string(e);
    case LUA_TTABLE:
        return put_table(e);
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, -1) == NULL)
            return neap_buf_text(e->out, "null");
        break;
    case LUA_TNIL:
        return refuse(e, NEAP_EINVAL, "nil (use neap.null)");
    default:
        break;
    }
    return refuse(e, NEAP_EINVAL, "a %s cannot be written as JSON",
                  luaL_typename(L, -1));
}

int neap_json_encode(lua_State *L, neap_json_codec *codec, int index,
                     const char *name, unsigned how, neap_buf *out,
                     neap_err *err)
{
    size_t from = out->len;
    encoder e;
    int code;
    e.L = L;
    e.codec = codec;
    e.out = out;
    e.err = err;
    e.name = name;
    e.how = how;
    e.depth = 0;
    lua_pushvalue(L, index);
    code = put_value(&e);
    lua_pop(L, 1);
    if (out->failed || codec->keys.failed)
        code = neap_err_set(err, NEAP_ENOMEM, "%s: out of memory", name);
    else if (code == 0 && out->len - from > NEAP_JSON_SIZE)
        code = neap_err_set(err, NEAP_ELIMIT, "%s: above 256 MiB", name);
    if (code != 0)
        out->len = from;
    return code;
}

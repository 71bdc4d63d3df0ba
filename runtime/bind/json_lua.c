/* SPDX-License-Identifier: MIT
 *
 * json_lua: see json_lua.h; here are the codec and the module native.json. */
#include "bind/json_lua.h"

#include "bind/native.h"
#include "bind/opts.h"
#include "bind/push.h"

#include <lauxlib.h>
#include <string.h>

enum { KEEP = 1 << 20 }; /* more than this is not kept between calls */

#define CODEC "neap.json.codec"
#define ARRAY "neap.json.array"
#define BYTES "neap.json.bytes"

/* --- the codec ------------------------------------------------------------ */

static const char shared = 'c'; /* its address: the codec in the registry */

static int codec_gc(lua_State *L)
{
    neap_json_codec *codec = lua_touserdata(L, 1);
    neap_buf_deinit(&codec->out);
    neap_buf_deinit(&codec->scratch);
    neap_buf_deinit(&codec->keys);
    return 0;
}

void neap_json_push_array_mark(lua_State *L)
{
    luaL_getmetatable(L, ARRAY);
}

static void push_bytes_mark(lua_State *L)
{
    luaL_getmetatable(L, BYTES);
}

static neap_json_codec *push_codec(lua_State *L)
{
    neap_json_codec *codec = lua_newuserdata(L, sizeof *codec);
    memset(codec, 0, sizeof *codec);
    neap_json_push_array_mark(L);
    codec->array = lua_topointer(L, -1);
    push_bytes_mark(L);
    codec->bytes = lua_topointer(L, -1);
    lua_pop(L, 2);
    luaL_getmetatable(L, CODEC);
    lua_setmetatable(L, -2);
    return codec;
}

neap_json_codec *neap_json_codec_take(lua_State *L)
{
    neap_json_codec *codec;
    lua_pushlightuserdata(L, (void *)&shared);
    lua_rawget(L, LUA_REGISTRYINDEX);
    codec = lua_touserdata(L, -1);
    if (codec->busy) {
        lua_pop(L, 1);
        codec = push_codec(L);
    }
    codec->busy = true;
    return codec;
}

static void trim(neap_buf *buf)
{
    if (buf->cap > KEEP)
        neap_buf_deinit(buf);
    neap_buf_clear(buf);
}

void neap_json_codec_give(neap_json_codec *codec)
{
    trim(&codec->out);
    trim(&codec->scratch);
    trim(&codec->keys);
    codec->busy = false;
}

/* --- the module ----------------------------------------------------------- */

/* Push a copy of the codec's text, give the codec back. */
static int encode(lua_State *L)
{
    static const char *const known[] = {"outer", "pretty", NULL};
    neap_err err = NEAP_ERR_INIT;
    neap_json_codec *codec;
    unsigned how = 0;
    int code;
    luaL_checkany(L, 1);
    if (!lua_isnoneornil(L, 2)) {
        neap_opts opts = neap_opts_open(L, 2, "options", known);
        if (neap_opts_bool(&opts, "pretty", false))
            how |= NEAP_JSON_PRETTY;
        if (neap_opts_bool(&opts, "outer", false))
            how |= NEAP_JSON_OUTER;
    }
    codec = neap_json_codec_take(L);
    code = neap_json_encode(L, codec, 1, "value", how, &codec->out, &err);
    if (code == 0)
        lua_pushlstring(L, codec->out.bytes, codec->out.len);
    neap_json_codec_give(codec);
    return code == 0 ? 1 : neap_push_fail(L, &err);
}

static int decode(lua_State *L)
{
    size_t len, offset;
    neap_err err = NEAP_ERR_INIT;
    const char *text = luaL_checklstring(L, 1, &len);
    neap_json_codec *codec = neap_json_codec_take(L);
    int code = neap_json_decode(L, codec, text, len, &offset, &err);
    neap_json_codec_give(codec);
    if (code == 0)
        return 1;
    neap_push_fail(L, &err);
    lua_pushinteger(L, (lua_Integer)offset);
    lua_setfield(L, -2, "offset");
    return 2;
}

static int copy(lua_State *L)
{
    neap_err err = NEAP_ERR_INIT;
    neap_json_codec *codec;
    int code;
    luaL_checkany(L, 1);
    codec = neap_json_codec_take(L);
    code = neap_json_encode(L, codec, 1, "value", 0, &codec->out, &err);
    if (code == 0)
        code = neap_json_decode(L, codec, codec->out.bytes, codec->out.len,
                                NULL, &err);
    neap_json_codec_give(codec);
    return code == 0 ? 1 : neap_push_fail(L, &err);
}

static int equal(lua_State *L)
{
    neap_err err = NEAP_ERR_INIT;
    neap_json_codec *codec;
    neap_buf *out;
    size_t half = 0;
    int code;
    luaL_checkany(L, 2);
    codec = neap_json_codec_take(L);
    out = &codec->out;
    code = neap_json_encode(L, codec, 1, "first", 0, out, &err);
    if (code == 0) {
        half = out->len;
        code = neap_json_encode(L, codec, 2, "second", 0, out, &err);
    }
    if (code == 0)
        lua_pushboolean(L,
                        out->len == 2 * half &&
                            memcmp(out->bytes, out->bytes + half, half) == 0);
    neap_json_codec_give(codec);
    return code == 0 ? 1 : neap_push_fail(L, &err);
}

static int array(lua_State *L)
{
    if (lua_isnoneornil(L, 1)) {
        lua_settop(L, 0);
        lua_newtable(L);
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    neap_json_push_array_mark(L);
    lua_setmetatable(L, 1);
    return 1;
}

static int bytes(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TSTRING);
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, 1);
    push_bytes_mark(L);
    lua_setmetatable(L, -2);
    return 1;
}

static int bytes_tostring(lua_State *L)
{
    lua_rawgeti(L, 1, 1);
    return 1;
}

static void new_mark(lua_State *L, const char *name, lua_CFunction tostring)
{
    luaL_newmetatable(L, name);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    if (tostring != NULL) {
        lua_pushcfunction(L, tostring);
        lua_setfield(L, -2, "__tostring");
    }
    lua_pop(L, 1);
}

int neap_open_json(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"array", array},   {"bytes", bytes},   {"copy", copy},
        {"decode", decode}, {"encode", encode}, {"equal", equal},
        {NULL, NULL},
    };
    new_mark(L, ARRAY, NULL);
    new_mark(L, BYTES, bytes_tostring);
    luaL_newmetatable(L, CODEC);
    lua_pushcfunction(L, codec_gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    lua_pushlightuserdata(L, (void *)&shared);
    push_codec(L);
    lua_rawset(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    return 1;
}

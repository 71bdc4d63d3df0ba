/* SPDX-License-Identifier: MIT
 *
 * json_lua: Lua values as canonical JSON and back, for Lua and for bindings.
 *
 * Owns: how a Lua value looks as JSON: keys sorted by bytes, an array is a
 * table with the keys 1..n, {} is an object unless marked by json.array,
 * lightuserdata NULL is null, bytes are marked by json.bytes. Refuses to
 * know: what the values mean. Uses: lua.h, base/json.
 */
#ifndef NEAP_BIND_JSON_LUA_H
#define NEAP_BIND_JSON_LUA_H

#include "base/buf.h"
#include "base/err.h"

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* What encoder and decoder keep between calls; one for each Lua state. */
typedef struct neap_json_codec {
    neap_buf out;     /* text under way */
    neap_buf scratch; /* unescaped strings */
    neap_buf keys;    /* keys to sort, a stack of the open objects */
    bool busy;
    const void *array; /* the metatable of json.array */
    const void *bytes; /* the metatable of json.bytes */
} neap_json_codec;

/* Push the codec of the state, or a new one when that is in use (a finalizer
 * may run inside an encoding), and give it back. Its slot stays below. */
neap_json_codec *neap_json_codec_take(lua_State *L);
void neap_json_codec_give(neap_json_codec *codec);

enum {
    NEAP_JSON_PRETTY = 1, /* two spaces of indentation */
    NEAP_JSON_OUTER = 2,  /* what is around values: NEAP_JSON_DEEPEST holds */
};

/* Append the text of the value at `index` to `out` (which may be the codec's):
 * 0, or NEAP_EINVAL, NEAP_ELIMIT, NEAP_ENOMEM with a message that begins with
 * the path: "NAME.a[3].b: …". */
int neap_json_encode(lua_State *L, neap_json_codec *codec, int index,
                     const char *name, unsigned how, neap_buf *out,
                     neap_err *err);

/* Push the value of `text`; on failure nothing is pushed and `offset` (which
 * may be NULL) says where. */
int neap_json_decode(lua_State *L, neap_json_codec *codec, const char *text,
                     size_t len, size_t *offset, neap_err *err);

/* Push the metatable that marks arrays. */
void neap_json_push_array_mark(lua_State *L);

#endif

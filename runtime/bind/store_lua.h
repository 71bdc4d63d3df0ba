/* SPDX-License-Identifier: MIT
 *
 * store_lua: the parts of native.store, each in a file of its own:
 * store_lua.c (life and verbs), store_define_lua.c, store_item_lua.c
 * (commits), store_query_lua.c.
 */
#ifndef NEAP_BIND_STORE_LUA_H
#define NEAP_BIND_STORE_LUA_H

#include "io/store.h"

#include <lauxlib.h>
#include <lua.h>

#define NEAP_STORE_TYPE "neap.store"

/* The store at 1, or an error that it is closed. */
neap_store *neap_store_check(lua_State *L);

/* An item that is being built: freed by the next one if an error came in
 * between. */
typedef struct neap_store_draft {
    neap_item *item; /* owned; NULL: none */
} neap_store_draft;

/* The Lua value at `index` as a value, its bytes borrowed from Lua; false when
 * a table cannot hold it. */
bool neap_store_value(lua_State *L, int index, neap_value *out);

/* Methods. */
int neap_store_define_lua(lua_State *L); /* store:define(definition) */
int neap_store_commit_lua(lua_State *L); /* store:commit(item, fn) */
int neap_store_query_lua(lua_State *L);  /* store:query(sql, params) */
int neap_store_events_lua(lua_State *L); /* store:events(options) */

#endif

/* SPDX-License-Identifier: MIT
 *
 * store_lua: the parts of native.store, each in a file of its own: store_lua.c
 * (life and verbs), store_define_lua.c, store_commit_lua.c with
 * store_item_lua.c, store_query_lua.c, store_memory_lua.c; values both ways in
 * store_value_lua.c.
 */
#ifndef NEAP_BIND_STORE_LUA_H
#define NEAP_BIND_STORE_LUA_H

#include "io/store.h"

#include <lauxlib.h>
#include <lua.h>

#define NEAP_STORE_TYPE "neap.store"

/* The store at 1, or an error that it is closed. */
neap_store *neap_store_check(lua_State *L);

/* Push the box of `store`, which it owns from now on; returns 1. */
int neap_store_push(lua_State *L, neap_store *store);

/* Free a store with what this binding keeps for it. */
void neap_store_let_go(neap_store *store);

/* An item that is being built: freed by the next one if an error came in
 * between. It is the store's host pointer. */
typedef struct neap_store_draft {
    neap_item *item; /* owned; NULL: none */
} neap_store_draft;

/* The table at 2 as an item, which is the draft now; mistakes raise. */
neap_item *neap_store_read_item(lua_State *L, neap_store *store);

/* The Lua value at `index` as a value, its bytes borrowed from Lua; false when
 * a table cannot hold it. */
bool neap_store_value(lua_State *L, int index, neap_value *out);
void neap_store_push_value(lua_State *L, const neap_value *value);

/* Methods. */
int neap_store_define_lua(lua_State *L);  /* store:define(definition) */
int neap_store_commit_lua(lua_State *L);  /* store:commit(item, fn) */
int neap_store_query_lua(lua_State *L);   /* store:query(sql, params) */
int neap_store_events_lua(lua_State *L);  /* store:events(options) */
int neap_store_restart_lua(lua_State *L); /* store:restart(loop) */
int neap_store_fail_lua(lua_State *L);    /* store:fail(options) */

#endif

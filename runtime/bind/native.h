/* SPDX-License-Identifier: MIT
 *
 * native: the table `require "neap.native"`, one field for each noun.
 *
 * Owns: the list of nouns. Each <noun>_lua.c defines one opener that leaves
 * its module table on the stack; this is the only place that names them.
 */
#ifndef NEAP_BIND_NATIVE_H
#define NEAP_BIND_NATIVE_H

#include <lua.h>

/* Leaves the native table on the stack; a lua_CFunction. */
int neap_open_native(lua_State *L);

/* One for each noun, in alphabetical order. */
int neap_open_backoff(lua_State *L);
int neap_open_breaker(lua_State *L);
int neap_open_dag(lua_State *L);
int neap_open_environ(lua_State *L);
int neap_open_git(lua_State *L);
int neap_open_json(lua_State *L);
int neap_open_loop(lua_State *L);
int neap_open_pool(lua_State *L);
int neap_open_sim(lua_State *L);
int neap_open_store(lua_State *L);
int neap_open_sys(lua_State *L);
int neap_open_watch(lua_State *L);

#endif

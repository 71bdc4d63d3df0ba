/* SPDX-License-Identifier: MIT
 *
 * notice_lua: loop:signal and loop:watch. */
#ifndef NEAP_BIND_NOTICE_LUA_H
#define NEAP_BIND_NOTICE_LUA_H

#include <lua.h>

void neap_notice_type_lua(lua_State *L);

/* loop:signal(name, fn), loop:watch(path, fn) -> notice | nil, err */
int neap_loop_signal_lua(lua_State *L);
int neap_loop_watch_lua(lua_State *L);

/* loop.ignores(name) -> boolean */
int neap_loop_ignores_lua(lua_State *L);

/* The number of the signal named at `arg` ("int", "term", "hup", "winch"). */
int neap_signal_at(lua_State *L, int arg);

#endif

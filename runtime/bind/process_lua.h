/* SPDX-License-Identifier: MIT
 *
 * process_lua: loop:spawn, and the process it gives. */
#ifndef NEAP_BIND_PROCESS_LUA_H
#define NEAP_BIND_PROCESS_LUA_H

#include <lua.h>

void neap_process_type_lua(lua_State *L);

/* loop:spawn(opts, on_event) -> process | nil, err */
int neap_loop_spawn_lua(lua_State *L);

#endif

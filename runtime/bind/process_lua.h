/* SPDX-License-Identifier: MIT
 *
 * process_lua: loop:spawn, and the process it gives.
 *
 * Owns: the box of a process. Refuses to know: what its end means. Uses:
 * io/process. */
#ifndef NEAP_BIND_PROCESS_LUA_H
#define NEAP_BIND_PROCESS_LUA_H

#include "io/process.h"

#include <lua.h>

void neap_process_type_lua(lua_State *L);

/* Start a process whose on_event is at 3; leaves it, or nil, err. */
int neap_process_start_lua(lua_State *L, neap_loop *loop,
                           const neap_process_options *options, bool lines,
                           bool output);

/* loop:spawn(opts, on_event) -> process | nil, err */
int neap_loop_spawn_lua(lua_State *L);

#endif

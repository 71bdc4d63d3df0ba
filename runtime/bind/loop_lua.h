/* SPDX-License-Identifier: MIT
 *
 * loop_lua: the type of a loop, for both worlds. */
#ifndef NEAP_BIND_LOOP_LUA_H
#define NEAP_BIND_LOOP_LUA_H

#include "bind/loop_box.h"

/* Push the box of a new loop of type `name` (owned by it from now on). */
void neap_loop_push(lua_State *L, const char *name, neap_loop *loop);

/* Define the box type `name` with the methods of both worlds and `more`. */
void neap_loop_type(lua_State *L, const char *name, const luaL_Reg *more);

#endif

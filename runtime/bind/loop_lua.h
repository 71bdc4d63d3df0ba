/* SPDX-License-Identifier: MIT
 *
 * loop_lua: how other bindings find a loop and keep their boxes on it.
 *
 * Owns: the anchor. A loop's box is anchored in the registry until it is
 * closed; the boxes of what is open on it are anchored in its environment, so
 * that closing a loop lets go of everything at once.
 */
#ifndef NEAP_BIND_LOOP_LUA_H
#define NEAP_BIND_LOOP_LUA_H

#include "io/loop.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

/* The loop at `arg`, of either world, or an argument error. */
neap_loop *neap_loop_at(lua_State *L, int arg);

/* The main state of `loop`, where callbacks enter. */
lua_State *neap_loop_state(const neap_loop *loop);

/* Keep the box on top of the stack, whose object is `object`. */
void neap_loop_keep(lua_State *L, neap_loop *loop, void *object);
void neap_loop_drop(lua_State *L, neap_loop *loop, void *object);

/* Push callback `field` of the kept box of `object`; false (nothing pushed)
 * when there is none. */
bool neap_loop_callback(lua_State *L, neap_loop *loop, void *object,
                        const char *field);

/* Push the box of a new loop of type `name` (owned by it from now on). */
void neap_loop_push(lua_State *L, const char *name, neap_loop *loop);

/* Define the box type `name` with the methods of both worlds and `more`. */
void neap_loop_type(lua_State *L, const char *name, const luaL_Reg *more);

#endif

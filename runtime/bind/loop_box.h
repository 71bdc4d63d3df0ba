/* SPDX-License-Identifier: MIT
 *
 * loop_box: how bindings find a loop, and keep their boxes on it.
 *
 * Owns: the anchor. A loop's box is anchored in the registry until it is
 * closed; the boxes of what is open on it are anchored in its environment, so
 * that closing a loop lets go of everything at once. Refuses to know: what is
 * open. Uses: bind/box.
 */
#ifndef NEAP_BIND_LOOP_BOX_H
#define NEAP_BIND_LOOP_BOX_H

#include "bind/box.h"
#include "io/loop.h"

/* The loop at `arg`, of either world, or an argument error. */
neap_loop *neap_loop_at(lua_State *L, int arg);
/* The same as its box, which may be closed. */
neap_box *neap_loop_box_at(lua_State *L, int arg);

/* The main state of `loop`, where callbacks enter. */
lua_State *neap_loop_state(const neap_loop *loop);

/* Push the environment of its box. */
void neap_loop_push_env(lua_State *L, neap_loop *loop);

/* Keep the box on top of the stack, whose object is `object`. */
void neap_loop_keep(lua_State *L, neap_loop *loop, void *object);
void neap_loop_drop(lua_State *L, neap_loop *loop, void *object);

/* Push callback `field` of the kept box of `object`; false (nothing pushed)
 * when there is none. */
bool neap_loop_callback(lua_State *L, neap_loop *loop, void *object,
                        const char *field);

#endif

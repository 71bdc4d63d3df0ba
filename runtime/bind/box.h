/* SPDX-License-Identifier: MIT
 *
 * box: the userdata through which Lua holds a C object.
 *
 * Owns: the life of a handle as Lua sees it. Refuses to know: what is inside.
 * Uses: lua.h.
 *
 * A box is one pointer. An open object that can call back is anchored in the
 * registry (neap_box_anchor) until its close callback; a closed one has a
 * NULL pointer and every method on it is a clean error. Callbacks live in the
 * box's environment table, so that a cycle through them can be collected.
 */
#ifndef NEAP_BIND_BOX_H
#define NEAP_BIND_BOX_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

typedef struct neap_box {
    void *object;    /* owned by its noun; NULL once closed */
    lua_State *main; /* borrowed: the main state, where callbacks enter */
} neap_box;

/* Define type `name` once for a state: `methods` become its __index, `gc`
 * (may be NULL) its __gc, and a tostring that shows the name. */
void neap_box_type(lua_State *L, const char *name, const luaL_Reg *methods,
                   lua_CFunction gc);

/* Push a new box of type `name` holding `object`, with an empty environment
 * table for callbacks. Returns it (borrowed until collected). */
neap_box *neap_box_push(lua_State *L, const char *name, void *object);

/* The box at `arg`, or an argument error naming the type. */
neap_box *neap_box_at(lua_State *L, int arg, const char *name);

/* Its object, or an error "NAME is closed". */
void *neap_box_check(lua_State *L, int arg, const char *name);

/* Its object, for its finalizer to free: the box is closed now, should another
 * finalizer still use it. NULL: it was closed before. */
void *neap_box_take(lua_State *L, int arg, const char *name);

/* Keep the box at `arg` alive until neap_box_release; the key is the object's
 * address, so a callback can find its box again with neap_box_get. */
void neap_box_anchor(lua_State *L, int arg);
void neap_box_release(lua_State *L, void *object);
bool neap_box_get(lua_State *L, void *object); /* pushes the box, or nothing */

/* Store the value at `value` (a function or nil) as callback `field` of the
 * box at `arg`. */
void neap_box_set_callback(lua_State *L, int arg, const char *field, int value);

/* Replace the box on top of the stack by its callback `field`; false (the box
 * is gone, nothing in its place) when there is none. */
bool neap_box_callback(lua_State *L, const char *field);

#endif

/* SPDX-License-Identifier: MIT
 *
 * push: C values as Lua values, the same way everywhere.
 *
 * Owns: how a failure of the world looks in Lua: nil and a table
 * { code = "not_found", message = "…", errno = 2 } that prints its message.
 * Uses: lua.h, base/err.
 */
#ifndef NEAP_BIND_PUSH_H
#define NEAP_BIND_PUSH_H

#include "base/err.h"

#include <lua.h>

/* Push the error table of `err`. */
void neap_push_err(lua_State *L, const neap_err *err);

/* Push nil and the error table; returns 2: `return neap_push_fail(L, &err)`. */
int neap_push_fail(lua_State *L, const neap_err *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * call: the one door through which C enters Lua.
 *
 * Owns: protected calls from callbacks, with a traceback. Refuses to know:
 * what the callback is for. Uses: lua.h.
 *
 * An error in a callback never unwinds through libuv: it goes to the handler
 * set with neap_call_on_error (default: printed to stderr), and the loop goes
 * on.
 */
#ifndef NEAP_BIND_CALL_H
#define NEAP_BIND_CALL_H

#include <lua.h>
#include <stdbool.h>

/* Remember `L` as the main state. Call once when the library is opened. */
void neap_call_init(lua_State *L);

/* Call the function below `nargs` arguments on top of `L` (the main state),
 * discarding results. Balanced: function and arguments are gone. False when it
 * raised. */
bool neap_call(lua_State *L, int nargs);

/* native.on_error(fn): fn(message with traceback) gets uncaught errors. */
int neap_call_on_error(lua_State *L);

#endif

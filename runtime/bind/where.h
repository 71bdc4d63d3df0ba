/* SPDX-License-Identifier: MIT
 *
 * where: the place in a script that a call came from.
 *
 * Owns: what of the Lua that runs is neap's own. Refuses to know: what the
 * place is told for. Uses: lua.h. In C because each task of a graph asks.
 */
#ifndef NEAP_BIND_WHERE_H
#define NEAP_BIND_WHERE_H

#include <lua.h>

/* native.where([thread]): file and line of the first frame that is a script's,
 * on the stack that runs or that of a coroutine which died; nothing when there
 * is none. */
int neap_where(lua_State *L);

/* native.script(source): the file of a source when it is a script's, or nil. */
int neap_where_script(lua_State *L);

#endif

/* SPDX-License-Identifier: MIT
 *
 * git_ask_lua: an options table as what a git verb is asked.
 *
 * Owns: which options each verb takes and which it cannot do without. Refuses
 * to know: jobs. Uses: io/git, opts.
 */
#ifndef NEAP_BIND_GIT_ASK_LUA_H
#define NEAP_BIND_GIT_ASK_LUA_H

#include "io/git.h"

#include <lua.h>

/* The verb named at `arg`, or an error. */
neap_git_verb neap_git_verb_at(lua_State *L, int arg);

/* Fill the empty `ask` from the table at `arg`; raises on a misuse, and then
 * too what was read must be freed. */
void neap_git_ask_read(neap_git_ask *ask, lua_State *L, int arg,
                       neap_git_verb verb);
void neap_git_ask_deinit(neap_git_ask *ask);

#endif

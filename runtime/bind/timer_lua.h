/* SPDX-License-Identifier: MIT
 *
 * timer_lua: loop:timer and loop:alarm. */
#ifndef NEAP_BIND_TIMER_LUA_H
#define NEAP_BIND_TIMER_LUA_H

#include <lua.h>

void neap_timer_type_lua(lua_State *L);

/* loop:timer(delay, fn), loop:alarm(at, fn) -> timer | nil, err */
int neap_loop_timer_lua(lua_State *L);
int neap_loop_alarm_lua(lua_State *L);

#endif

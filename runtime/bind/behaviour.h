/* SPDX-License-Identifier: MIT
 *
 * behaviour: reads what a simulated process does. */
#ifndef NEAP_BIND_BEHAVIOUR_H
#define NEAP_BIND_BEHAVIOUR_H

#include "sim/loop.h"

#include <lua.h>

/* Read the table on top of the stack; what is read is borrowed from it or lies
 * in userdata left above it. */
void neap_behaviour_read(lua_State *L, neap_sim_behaviour *out);

#endif

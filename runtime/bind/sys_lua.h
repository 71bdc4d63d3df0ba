/* SPDX-License-Identifier: MIT
 *
 * sys_lua: native.sys in two files: processes and this machine (sys_lua.c),
 * files and directories (sys_file_lua.c).
 */
#ifndef NEAP_BIND_SYS_LUA_H
#define NEAP_BIND_SYS_LUA_H

#include <lua.h>

/* Add the functions on files to the table on top of the stack. */
void neap_sys_add_files(lua_State *L);

#endif

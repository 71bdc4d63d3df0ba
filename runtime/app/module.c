/* SPDX-License-Identifier: MIT
 *
 * module: neap as a shared module for plain luajit, busted and editors:
 * neap.so on package.cpath makes `require "neap"` work. Owns nothing but that.
 */
#include "app/embed.h"

__attribute__((visibility("default"))) int luaopen_neap(lua_State *L);

int luaopen_neap(lua_State *L)
{
    neap_embed_install(L);
    return neap_embed_run(L, "neap");
}

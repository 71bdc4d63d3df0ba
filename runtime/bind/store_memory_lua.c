/* SPDX-License-Identifier: MIT
 *
 * store_memory_lua: what only a store in memory can do. See store_lua.h. */
#include "bind/box.h"
#include "bind/loop_lua.h"
#include "bind/opts.h"
#include "bind/push.h"
#include "bind/store_lua.h"
#include "sim/store_memory.h"

static neap_store *memory_check(lua_State *L, const char *verb)
{
    neap_store *store = neap_store_check(L);
    if (!neap_store_is_memory(store))
        luaL_error(L, "store:%s() is for stores in memory", verb);
    return store;
}

int neap_store_restart_lua(lua_State *L)
{
    neap_store *crashed = memory_check(L, "restart"), *store;
    neap_box *box = lua_touserdata(L, 1);
    neap_loop *before = neap_store_loop(crashed);
    neap_loop *loop = lua_isnoneornil(L, 2) ? before : neap_loop_at(L, 2);
    neap_err err = NEAP_ERR_INIT;
    if (neap_store_memory_restart(&store, crashed, loop, &err) < 0)
        return neap_push_fail(L, &err);
    box->object = NULL;
    neap_loop_drop(L, before, crashed);
    neap_store_let_go(crashed);
    return neap_store_push(L, store);
}

int neap_store_fail_lua(lua_State *L)
{
    static const char *const known[] = {"after", "code", "landed", NULL};
    static const char *const codes[] = {"io", "no_space", "read_only", "busy",
                                        NULL};
    static const int numbers[] = {NEAP_EIO, NEAP_ENOSPC, NEAP_EREADONLY,
                                  NEAP_EBUSY};
    neap_store *store = memory_check(L, "fail");
    neap_opts opts = neap_opts_open(L, 2, "options", known);
    int after = (int)neap_opts_range(&opts, "after", 0, 0, 1e9);
    int code = neap_opts_choice(&opts, "code", 0, codes);
    neap_store_memory_fail(store, after, numbers[code],
                           neap_opts_bool(&opts, "landed", false));
    return 0;
}

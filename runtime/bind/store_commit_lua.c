/* SPDX-License-Identifier: MIT
 *
 * store_commit_lua: store:commit, and its end as a call. See store_lua.h. */
#include "bind/call.h"
#include "bind/loop_lua.h"
#include "bind/push.h"
#include "bind/store_lua.h"

static void push_ack(lua_State *L, const neap_ack *ack)
{
    lua_createtable(L, 0, 2);
    if (ack->seq > 0) {
        lua_pushnumber(L, (lua_Number)ack->seq);
        lua_setfield(L, -2, "seq");
        lua_pushnumber(L, (lua_Number)ack->n);
        lua_setfield(L, -2, "n");
    }
}

static void push_failure(lua_State *L, const neap_item *item)
{
    neap_push_fail(L, &item->err);
    if (item->ack.guard != NULL) {
        lua_pushstring(L, item->ack.guard);
        lua_setfield(L, -2, "guard");
    }
    if (item->ack.seq > 0) {
        lua_pushnumber(L, (lua_Number)item->ack.seq);
        lua_setfield(L, -2, "seq");
    }
}

static void on_end(neap_store *store, const neap_item *item)
{
    neap_loop *loop = neap_store_loop(store);
    lua_State *L = neap_loop_state(loop);
    int ref = (int)(intptr_t)item->ud;
    if (ref == LUA_NOREF || !neap_loop_callback(L, loop, store, "acks"))
        return;
    lua_rawgeti(L, -1, ref);
    luaL_unref(L, -2, ref);
    lua_remove(L, -2);
    if (item->err.code == 0) {
        push_ack(L, &item->ack);
        neap_call(L, 1);
    } else {
        push_failure(L, item);
        neap_call(L, 2);
    }
}

/* Keep the function at `arg` (or nothing) until the item's end. */
static int keep_callback(lua_State *L, int arg)
{
    int ref = LUA_NOREF;
    if (!lua_isnoneornil(L, arg)) {
        lua_getfenv(L, 1);
        lua_getfield(L, -1, "acks");
        lua_pushvalue(L, arg);
        ref = luaL_ref(L, -2);
        lua_pop(L, 2);
    }
    return ref;
}

static void drop_callback(lua_State *L, int ref)
{
    lua_getfenv(L, 1);
    lua_getfield(L, -1, "acks");
    luaL_unref(L, -1, ref);
    lua_pop(L, 2);
}

int neap_store_commit_lua(lua_State *L)
{
    neap_store *store = neap_store_check(L);
    neap_store_draft *draft = neap_store_host(store);
    neap_err err = NEAP_ERR_INIT;
    neap_item *item;
    int ref;
    luaL_checktype(L, 2, LUA_TTABLE);
    if (!lua_isnoneornil(L, 3))
        luaL_checktype(L, 3, LUA_TFUNCTION);
    if (neap_store_is_closed(store)) {
        neap_err_set(&err, NEAP_EINVAL, "commit: the store is closed");
        return neap_push_fail(L, &err);
    }
    if (neap_store_registry(store) == NULL)
        return luaL_error(L, "commit: the store is not defined yet");
    item = neap_store_read_item(L, store);
    ref = keep_callback(L, 3);
    if (neap_store_commit(store, item, on_end, (void *)(intptr_t)ref, &err) <
        0) {
        drop_callback(L, ref);
        return neap_push_fail(L, &err);
    }
    draft->item = NULL;
    lua_pushboolean(L, 1);
    return 1;
}

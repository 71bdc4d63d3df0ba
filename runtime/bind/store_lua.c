/* SPDX-License-Identifier: MIT
 *
 * store_lua: native.store.
 *
 * Owns: the life of a store as Lua sees it. Refuses to know: what is stored.
 * Uses: io/store, sim/store_memory, store_lua.h.
 *
 * An open store is kept on its loop; its box's environment holds the callbacks
 * `acks` (by number), `wake` (a list) and `closed`.
 */
#include "bind/store_lua.h"

#include "bind/box.h"
#include "bind/call.h"
#include "bind/loop_lua.h"
#include "bind/native.h"
#include "bind/opts.h"
#include "bind/push.h"
#include "sim/store_memory.h"

#include <stdlib.h>

neap_store *neap_store_check(lua_State *L)
{
    return neap_box_check(L, 1, NEAP_STORE_TYPE);
}

void neap_store_let_go(neap_store *store)
{
    neap_store_draft *draft = neap_store_host(store);
    if (draft != NULL)
        neap_item_free(draft->item);
    free(draft);
    neap_store_free(store);
}

int neap_store_push(lua_State *L, neap_store *store)
{
    neap_store_draft *draft = calloc(1, sizeof *draft);
    if (draft == NULL) {
        neap_store_let_go(store);
        return luaL_error(L, "store: out of memory");
    }
    neap_store_set_host(store, draft);
    neap_box_push(L, NEAP_STORE_TYPE, store);
    lua_getfenv(L, -1);
    lua_newtable(L);
    lua_setfield(L, -2, "acks");
    lua_newtable(L);
    lua_setfield(L, -2, "wake");
    lua_pop(L, 1);
    neap_loop_keep(L, neap_store_loop(store), store);
    return 1;
}

static int store_open(lua_State *L)
{
    static const char *const known[] = {"path",   "read_only", "create",
                                        "memory", "busy",      NULL};
    neap_loop *loop = neap_loop_at(L, 1);
    neap_opts opts = neap_opts_open(L, 2, "options", known);
    neap_store_options o = NEAP_STORE_OPTIONS_INIT;
    neap_err err = NEAP_ERR_INIT;
    neap_store *store;
    int rc;
    o.path = neap_opts_string(&opts, "path", NULL, NULL);
    o.read_only = neap_opts_bool(&opts, "read_only", o.read_only);
    o.create = neap_opts_bool(&opts, "create", o.create);
    o.busy_ms = (int)(neap_opts_range(&opts, "busy", 5, 0, 1e6) * 1e3);
    if (neap_opts_bool(&opts, "memory", false) || neap_loop_uv(loop) == NULL)
        rc = neap_store_memory_open(&store, loop, &err);
    else if (o.path == NULL)
        return luaL_error(L, "options.path: expected a string, got nil");
    else
        rc = neap_store_open(&store, loop, &o, &err);
    return rc < 0 ? neap_push_fail(L, &err) : neap_store_push(L, store);
}

/* --- closing -------------------------------------------------------------- */

static void on_closed(neap_store *store, void *ud)
{
    neap_loop *loop = neap_store_loop(store);
    lua_State *L = neap_loop_state(loop);
    bool tell = neap_loop_callback(L, loop, store, "closed");
    neap_box *box = ud;
    box->object = NULL;
    neap_loop_drop(L, loop, store);
    neap_store_let_go(store);
    if (tell)
        neap_call(L, 0);
}

static int store_close(lua_State *L)
{
    neap_store *store = neap_store_check(L);
    neap_box *box = lua_touserdata(L, 1);
    neap_err err = NEAP_ERR_INIT;
    lua_settop(L, 2);
    if (!lua_isnil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    if (neap_store_close(store, on_closed, box, &err) < 0)
        return neap_push_fail(L, &err);
    neap_box_set_callback(L, 1, "closed", 2);
    lua_pushboolean(L, 1);
    return 1;
}

static int store_gc(lua_State *L)
{
    neap_box *box = lua_touserdata(L, 1);
    neap_store *store = box->object;
    box->object = NULL;
    if (store != NULL)
        neap_store_let_go(store);
    return 0;
}

/* --- verbs ---------------------------------------------------------------- */

static int finish(lua_State *L, int rc, const neap_err *err)
{
    if (rc < 0)
        return neap_push_fail(L, err);
    lua_pushboolean(L, 1);
    return 1;
}

static int store_flush(lua_State *L)
{
    neap_store_flush(neap_store_check(L));
    return 0;
}

static int store_own(lua_State *L)
{
    neap_err err = NEAP_ERR_INIT;
    int64_t id;
    if (neap_store_own(&id, neap_store_check(L), &err) < 0)
        return neap_push_fail(L, &err);
    lua_pushnumber(L, (lua_Number)id);
    return 1;
}

static int store_alive(lua_State *L)
{
    neap_store *store = neap_store_check(L);
    int64_t owner = (int64_t)luaL_checknumber(L, 2);
    lua_pushboolean(L, neap_store_alive(store, owner));
    return 1;
}

static void on_wake(neap_store *store, void *ud)
{
    neap_loop *loop = neap_store_loop(store);
    lua_State *L = neap_loop_state(loop);
    int count, list;
    (void)ud;
    if (!neap_loop_callback(L, loop, store, "wake"))
        return;
    list = lua_gettop(L);
    count = (int)lua_objlen(L, list);
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(L, list, i);
        neap_call(L, 0);
    }
    lua_pop(L, 1);
}

static int store_on_wake(lua_State *L)
{
    neap_store *store = neap_store_check(L);
    neap_err err = NEAP_ERR_INIT;
    int rc;
    luaL_checktype(L, 2, LUA_TFUNCTION);
    rc = neap_store_on_wake(store, on_wake, NULL, &err);
    if (rc == 0) {
        lua_getfenv(L, 1);
        lua_getfield(L, -1, "wake");
        lua_pushvalue(L, 2);
        lua_rawseti(L, -2, (int)lua_objlen(L, -2) + 1);
    }
    return finish(L, rc, &err);
}

static int store_rebuild(lua_State *L)
{
    neap_err err = NEAP_ERR_INIT;
    return finish(L, neap_store_rebuild(neap_store_check(L), &err), &err);
}

static void set_number(lua_State *L, const char *name, int64_t number)
{
    lua_pushnumber(L, (lua_Number)number);
    lua_setfield(L, -2, name);
}

static int store_verify(lua_State *L)
{
    neap_store *store = neap_store_check(L);
    neap_verified seen;
    neap_err err = NEAP_ERR_INIT;
    if (neap_store_verify(&seen, store, &err) < 0) {
        neap_push_fail(L, &err);
        if (seen.seq > 0) {
            lua_pushstring(L, seen.stream);
            lua_setfield(L, -2, "stream");
            set_number(L, "n", seen.n);
            set_number(L, "seq", seen.seq);
        }
        return 2;
    }
    lua_createtable(L, 0, 3);
    set_number(L, "events", seen.events);
    set_number(L, "streams", seen.streams);
    set_number(L, "blobs", seen.blobs);
    return 1;
}

static int store_backup(lua_State *L)
{
    neap_store *store = neap_store_check(L);
    const char *path = luaL_checkstring(L, 2);
    neap_err err = NEAP_ERR_INIT;
    return finish(L, neap_store_backup(store, path, &err), &err);
}

static int store_blob(lua_State *L)
{
    neap_store *store = neap_store_check(L);
    const char *hash = luaL_checkstring(L, 2);
    neap_buf bytes = NEAP_BUF_INIT;
    neap_err err = NEAP_ERR_INIT;
    int rc = neap_store_blob(&bytes, store, hash, &err);
    if (rc == 0)
        lua_pushlstring(L, bytes.bytes, bytes.len);
    neap_buf_deinit(&bytes);
    return rc < 0 ? neap_push_fail(L, &err) : 1;
}

static int store_path(lua_State *L)
{
    lua_pushstring(L, neap_store_path(neap_store_check(L)));
    return 1;
}

/* --- the type ------------------------------------------------------------- */

static const luaL_Reg methods[] = {
    {"alive", store_alive},
    {"backup", store_backup},
    {"blob", store_blob},
    {"close", store_close},
    {"commit", neap_store_commit_lua},
    {"define", neap_store_define_lua},
    {"events", neap_store_events_lua},
    {"fail", neap_store_fail_lua},
    {"flush", store_flush},
    {"on_wake", store_on_wake},
    {"own", store_own},
    {"path", store_path},
    {"query", neap_store_query_lua},
    {"rebuild", store_rebuild},
    {"restart", neap_store_restart_lua},
    {"verify", store_verify},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"open", store_open},
    {NULL, NULL},
};

int neap_open_store(lua_State *L)
{
    neap_box_type(L, NEAP_STORE_TYPE, methods, store_gc);
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    return 1;
}

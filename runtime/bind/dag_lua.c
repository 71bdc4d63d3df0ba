/* SPDX-License-Identifier: MIT
 *
 * dag_lua: core/dag for Lua; see meta/dag.lua. */
#include "bind/box.h"
#include "bind/native.h"
#include "core/dag.h"

#include <lauxlib.h>
#include <math.h>

#define TYPE "neap.dag"

/* Every failure of the graph but a cycle is misuse, or no memory. */
static void must(lua_State *L, int rc, const neap_err *err)
{
    if (rc != 0)
        luaL_error(L, "%s", err->message);
}

static uint32_t id_at(lua_State *L, int arg)
{
    double id = luaL_checknumber(L, arg);
    luaL_argcheck(L, id >= 1 && id <= NEAP_DAG_MAX && id == floor(id), arg,
                  "not a node");
    return (uint32_t)id;
}

static void push_list(lua_State *L, neap_dag_list list)
{
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        lua_pushnumber(L, list.ids[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

static const char *const modes[] = {"hard", "soft", "skip", NULL};

static int dag_new(lua_State *L)
{
    neap_box *box = neap_box_push(L, TYPE, NULL);
    box->object = neap_dag_new(NULL);
    if (box->object == NULL)
        return luaL_error(L, "no memory for a graph");
    return 1;
}

static double priority_at(lua_State *L, int arg)
{
    double priority = luaL_optnumber(L, arg, 0);
    luaL_argcheck(L, !isnan(priority), arg, "not a number");
    return priority;
}

static int dag_add(lua_State *L)
{
    neap_dag *d = neap_box_check(L, 1, TYPE);
    double priority = priority_at(L, 2);
    neap_err err = NEAP_ERR_INIT;
    uint32_t id = 0;
    must(L, neap_dag_add(&id, d, priority, &err), &err);
    lua_pushnumber(L, id);
    return 1;
}

static int dag_need(lua_State *L)
{
    neap_dag *d = neap_box_check(L, 1, TYPE);
    uint32_t id = id_at(L, 2), on = id_at(L, 3);
    int mode = luaL_checkoption(L, 4, "hard", modes);
    neap_err err = NEAP_ERR_INIT;
    must(L, neap_dag_need(d, id, on, (neap_dag_mode)mode, &err), &err);
    return 0;
}

/* The element of the array at `table`, on the top of the stack. */
static int element(lua_State *L, int table, size_t index)
{
    lua_settop(L, 4);
    lua_rawgeti(L, table, (int)index);
    return 5;
}

static int dag_of(lua_State *L)
{
    double count = luaL_checknumber(L, 1);
    neap_err err = NEAP_ERR_INIT;
    neap_dag *d;
    luaL_argcheck(L, count >= 0 && count <= NEAP_DAG_MAX, 1, "not a count");
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checktype(L, 3, LUA_TTABLE);
    lua_settop(L, 3);
    dag_new(L);
    d = neap_box_check(L, 4, TYPE);
    for (uint32_t i = 1, id; i <= count; i++) {
        double priority = priority_at(L, element(L, 2, i));
        must(L, neap_dag_add(&id, d, priority, &err), &err);
    }
    for (size_t i = 1, all = lua_objlen(L, 3); i + 2 <= all; i += 3) {
        uint32_t id = id_at(L, element(L, 3, i));
        uint32_t on = id_at(L, element(L, 3, i + 1));
        int mode = luaL_checkoption(L, element(L, 3, i + 2), NULL, modes);
        must(L, neap_dag_need(d, id, on, (neap_dag_mode)mode, &err), &err);
    }
    lua_settop(L, 4);
    return 1;
}

static int dag_weigh(lua_State *L)
{
    neap_dag *d = neap_box_check(L, 1, TYPE);
    uint32_t id = id_at(L, 2);
    double seconds = luaL_checknumber(L, 3);
    neap_err err = NEAP_ERR_INIT;
    luaL_argcheck(L, seconds >= 0 && isfinite(seconds), 3, "not a duration");
    must(L, neap_dag_weigh(d, id, seconds, &err), &err);
    return 0;
}

/* true, or nil and the cycle. */
static int verdict(lua_State *L, int rc, neap_dag_list cycle,
                   const neap_err *err)
{
    if (rc == NEAP_ECYCLE) {
        lua_pushnil(L);
        push_list(L, cycle);
        return 2;
    }
    must(L, rc, err);
    lua_pushboolean(L, 1);
    return 1;
}

static int dag_check(lua_State *L)
{
    neap_dag *d = neap_box_check(L, 1, TYPE);
    neap_err err = NEAP_ERR_INIT;
    neap_dag_list cycle;
    int rc = neap_dag_check(&cycle, d, &err);
    return verdict(L, rc, cycle, &err);
}

static int dag_start(lua_State *L)
{
    neap_dag *d = neap_box_check(L, 1, TYPE);
    neap_err err = NEAP_ERR_INIT;
    neap_dag_list cycle;
    int rc = neap_dag_start(&cycle, d, &err);
    return verdict(L, rc, cycle, &err);
}

static int dag_pop(lua_State *L)
{
    uint32_t id = neap_dag_pop(neap_box_check(L, 1, TYPE));
    if (id == 0)
        lua_pushnil(L);
    else
        lua_pushnumber(L, id);
    return 1;
}

static int dag_unpop(lua_State *L)
{
    neap_dag *d = neap_box_check(L, 1, TYPE);
    neap_err err = NEAP_ERR_INIT;
    must(L, neap_dag_unpop(d, id_at(L, 2), &err), &err);
    return 0;
}

static int dag_done(lua_State *L)
{
    static const char *const ends[] = {"completed", "failed", "skipped", NULL};
    neap_dag *d = neap_box_check(L, 1, TYPE);
    uint32_t id = id_at(L, 2);
    int end = luaL_checkoption(L, 3, NULL, ends);
    neap_err err = NEAP_ERR_INIT;
    must(L, neap_dag_done(d, id, NEAP_DAG_COMPLETED + end, &err), &err);
    return 0;
}

static int dag_skipped(lua_State *L)
{
    uint32_t cause = 0;
    uint32_t id = neap_dag_skipped(&cause, neap_box_check(L, 1, TYPE));
    if (id == 0) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushnumber(L, id);
    lua_pushnumber(L, cause);
    return 2;
}

static const char *const states[] = {"waiting",   "ready",  "running",
                                     "completed", "failed", "skipped"};

static int dag_counts(lua_State *L)
{
    neap_dag *d = neap_box_check(L, 1, TYPE);
    lua_createtable(L, 0, NEAP_DAG_STATES + 1);
    for (int state = 0; state < NEAP_DAG_STATES; state++) {
        lua_pushnumber(L, (double)neap_dag_count(d, (neap_dag_state)state));
        lua_setfield(L, -2, states[state]);
    }
    lua_pushnumber(L, (double)neap_dag_total(d));
    lua_setfield(L, -2, "total");
    return 1;
}

static int dag_state(lua_State *L)
{
    neap_dag *d = neap_box_check(L, 1, TYPE);
    neap_dag_state state = neap_dag_state_of(d, id_at(L, 2));
    if (state == NEAP_DAG_STATES)
        return luaL_argerror(L, 2, "not a node");
    lua_pushstring(L, states[state]);
    return 1;
}

static int dag_finished(lua_State *L)
{
    lua_pushboolean(L, neap_dag_finished(neap_box_check(L, 1, TYPE)));
    return 1;
}

static int dag_order(lua_State *L)
{
    neap_dag *d = neap_box_check(L, 1, TYPE);
    neap_err err = NEAP_ERR_INIT;
    neap_dag_list order;
    must(L, neap_dag_order(&order, d, &err), &err);
    push_list(L, order);
    return 1;
}

static int dag_critical_path(lua_State *L)
{
    neap_dag *d = neap_box_check(L, 1, TYPE);
    neap_err err = NEAP_ERR_INIT;
    neap_dag_list path;
    double seconds;
    must(L, neap_dag_critical_path(&path, &seconds, d, &err), &err);
    push_list(L, path);
    lua_pushnumber(L, seconds);
    return 2;
}

static int dag_gc(lua_State *L)
{
    neap_dag_free(neap_box_take(L, 1, TYPE));
    return 0;
}

static const luaL_Reg methods[] = {
    {"add", dag_add},       {"check", dag_check},
    {"counts", dag_counts}, {"critical_path", dag_critical_path},
    {"done", dag_done},     {"finished", dag_finished},
    {"need", dag_need},     {"order", dag_order},
    {"pop", dag_pop},       {"skipped", dag_skipped},
    {"start", dag_start},   {"state", dag_state},
    {"unpop", dag_unpop},   {"weigh", dag_weigh},
    {NULL, NULL},
};

int neap_open_dag(lua_State *L)
{
    neap_box_type(L, TYPE, methods, dag_gc);
    lua_newtable(L);
    lua_pushcfunction(L, dag_new);
    lua_setfield(L, -2, "new");
    lua_pushcfunction(L, dag_of);
    lua_setfield(L, -2, "of");
    return 1;
}

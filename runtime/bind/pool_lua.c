/* SPDX-License-Identifier: MIT
 *
 * pool_lua: core/pool for Lua; see meta/pool.lua. */
#include "bind/box.h"
#include "bind/native.h"
#include "core/pool.h"

#include <lauxlib.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define TYPE "neap.pool"

static uint32_t count_at(lua_State *L, int arg, double value)
{
    luaL_argcheck(L, value >= 1 && value <= UINT32_MAX && value == floor(value),
                  arg, "expected a whole number from 1 on");
    return (uint32_t)value;
}

static int pool_new(lua_State *L)
{
    uint32_t slots = count_at(L, 1, luaL_checknumber(L, 1));
    neap_box *box = neap_box_push(L, TYPE, NULL);
    box->object = malloc(sizeof(neap_pool));
    if (box->object == NULL)
        return luaL_error(L, "no memory for a pool");
    neap_pool_init(box->object, slots);
    return 1;
}

static int pool_take(lua_State *L)
{
    neap_pool *pool = neap_box_check(L, 1, TYPE);
    uint32_t weight = count_at(L, 2, luaL_optnumber(L, 2, 1));
    neap_err err = NEAP_ERR_INIT;
    int taken = neap_pool_take(pool, weight, &err);
    if (taken < 0)
        return luaL_error(L, "%s", err.message);
    lua_pushboolean(L, taken);
    return 1;
}

static int pool_give(lua_State *L)
{
    neap_pool *pool = neap_box_check(L, 1, TYPE);
    uint32_t weight = count_at(L, 2, luaL_optnumber(L, 2, 1));
    neap_err err = NEAP_ERR_INIT;
    if (neap_pool_give(pool, weight, &err) != 0)
        return luaL_error(L, "%s", err.message);
    return 0;
}

static int pool_free(lua_State *L)
{
    neap_pool *pool = neap_box_check(L, 1, TYPE);
    lua_pushnumber(L, neap_pool_free(pool));
    return 1;
}

static int pool_gc(lua_State *L)
{
    free(neap_box_take(L, 1, TYPE));
    return 0;
}

static const luaL_Reg methods[] = {
    {"free", pool_free},
    {"give", pool_give},
    {"take", pool_take},
    {NULL, NULL},
};

int neap_open_pool(lua_State *L)
{
    neap_box_type(L, TYPE, methods, pool_gc);
    lua_newtable(L);
    lua_pushcfunction(L, pool_new);
    lua_setfield(L, -2, "new");
    return 1;
}

/* SPDX-License-Identifier: MIT
 *
 * loop_box: see loop_box.h. */
#include "bind/loop_box.h"

neap_box *neap_loop_box_at(lua_State *L, int arg)
{
    neap_box *box = luaL_testudata(L, arg, "neap.loop");
    if (box == NULL)
        box = luaL_testudata(L, arg, "neap.sim");
    if (box == NULL)
        luaL_typerror(L, arg, "neap.loop");
    return box;
}

neap_loop *neap_loop_at(lua_State *L, int arg)
{
    neap_box *box = neap_loop_box_at(L, arg);
    if (box->object == NULL)
        luaL_error(L, "the loop is closed");
    return box->object;
}

lua_State *neap_loop_state(const neap_loop *loop)
{
    return neap_loop_host(loop);
}

void neap_loop_push_env(lua_State *L, neap_loop *loop)
{
    if (!neap_box_get(L, loop))
        luaL_error(L, "the loop is closed");
    lua_getfenv(L, -1);
    lua_remove(L, -2);
}

void neap_loop_keep(lua_State *L, neap_loop *loop, void *object)
{
    neap_loop_push_env(L, loop);
    lua_pushlightuserdata(L, object);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

void neap_loop_drop(lua_State *L, neap_loop *loop, void *object)
{
    neap_loop_push_env(L, loop);
    lua_pushlightuserdata(L, object);
    lua_pushnil(L);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

bool neap_loop_callback(lua_State *L, neap_loop *loop, void *object,
                        const char *field)
{
    neap_loop_push_env(L, loop);
    lua_pushlightuserdata(L, object);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return false;
    }
    return neap_box_callback(L, field);
}

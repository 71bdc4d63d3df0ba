/* SPDX-License-Identifier: MIT
 *
 * box: see box.h. */
#include "bind/box.h"

/* Its address is the registry key of the table object -> box. */
static const char anchors = 'a';

static int box_tostring(lua_State *L)
{
    neap_box *box = lua_touserdata(L, 1);
    lua_getmetatable(L, 1);
    lua_getfield(L, -1, "__name");
    if (box->object == NULL)
        lua_pushfstring(L, "%s (closed)", lua_tostring(L, -1));
    else
        lua_pushfstring(L, "%s: %p", lua_tostring(L, -1), box->object);
    return 1;
}

void neap_box_type(lua_State *L, const char *name, const luaL_Reg *methods,
                   lua_CFunction gc)
{
    if (luaL_newmetatable(L, name)) {
        lua_newtable(L);
        luaL_setfuncs(L, methods, 0);
        lua_setfield(L, -2, "__index");
        lua_pushcfunction(L, box_tostring);
        lua_setfield(L, -2, "__tostring");
        lua_pushstring(L, name);
        lua_setfield(L, -2, "__name");
        if (gc != NULL) {
            lua_pushcfunction(L, gc);
            lua_setfield(L, -2, "__gc");
        }
    }
    lua_pop(L, 1);
}

/* The main state is found once and kept in the registry by neap_call_init. */
static lua_State *main_state(lua_State *L)
{
    lua_State *main;
    lua_getfield(L, LUA_REGISTRYINDEX, "neap.main");
    main = lua_tothread(L, -1);
    lua_pop(L, 1);
    return main != NULL ? main : L;
}

neap_box *neap_box_push(lua_State *L, const char *name, void *object)
{
    neap_box *box = lua_newuserdata(L, sizeof *box);
    box->object = object;
    box->main = main_state(L);
    lua_newtable(L);
    lua_setfenv(L, -2);
    luaL_getmetatable(L, name);
    lua_setmetatable(L, -2);
    return box;
}

neap_box *neap_box_at(lua_State *L, int arg, const char *name)
{
    return luaL_checkudata(L, arg, name);
}

void *neap_box_check(lua_State *L, int arg, const char *name)
{
    neap_box *box = neap_box_at(L, arg, name);
    if (box->object == NULL)
        luaL_error(L, "%s is closed", name);
    return box->object;
}

void *neap_box_take(lua_State *L, int arg, const char *name)
{
    neap_box *box = neap_box_at(L, arg, name);
    void *object = box->object;
    box->object = NULL;
    return object;
}

static void push_anchors(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)&anchors);
    lua_rawget(L, LUA_REGISTRYINDEX);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushlightuserdata(L, (void *)&anchors);
        lua_pushvalue(L, -2);
        lua_rawset(L, LUA_REGISTRYINDEX);
    }
}

void neap_box_anchor(lua_State *L, int arg)
{
    neap_box *box = lua_touserdata(L, arg);
    lua_pushvalue(L, arg);
    push_anchors(L);
    lua_pushlightuserdata(L, box->object);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 2);
}

void neap_box_release(lua_State *L, void *object)
{
    push_anchors(L);
    lua_pushlightuserdata(L, object);
    lua_pushnil(L);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

bool neap_box_get(lua_State *L, void *object)
{
    push_anchors(L);
    lua_pushlightuserdata(L, object);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return false;
    }
    return true;
}

void neap_box_set_callback(lua_State *L, int arg, const char *field, int value)
{
    lua_pushvalue(L, value);
    lua_getfenv(L, arg);
    lua_insert(L, -2);
    lua_setfield(L, -2, field);
    lua_pop(L, 1);
}

bool neap_box_callback(lua_State *L, const char *field)
{
    lua_getfenv(L, -1);
    lua_getfield(L, -1, field);
    lua_replace(L, -3);
    lua_pop(L, 1);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return false;
    }
    return true;
}

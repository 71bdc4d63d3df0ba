/* SPDX-License-Identifier: MIT
 *
 * store_value_lua: cells of tables as Lua values, both ways. See
 * store_lua.h. */
#include "bind/store_lua.h"

#include <math.h>

bool neap_store_value(lua_State *L, int index, neap_value *out)
{
    double number;
    size_t len;
    const char *bytes;
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        number = lua_tonumber(L, index);
        *out = number == floor(number) && fabs(number) <= 0x1p53
                   ? neap_value_integer((int64_t)number)
                   : neap_value_real(number);
        return true;
    case LUA_TSTRING:
        bytes = lua_tolstring(L, index, &len);
        *out = neap_value_text(bytes, len);
        return true;
    case LUA_TBOOLEAN:
        *out = neap_value_integer(lua_toboolean(L, index));
        return true;
    case LUA_TLIGHTUSERDATA: /* json.null */
        *out = neap_value_null();
        return lua_touserdata(L, index) == NULL;
    case LUA_TNIL:
        *out = neap_value_null();
        return true;
    default:
        return false;
    }
}

void neap_store_push_value(lua_State *L, const neap_value *value)
{
    switch (value->type) {
    case NEAP_VALUE_INTEGER:
        lua_pushnumber(L, (lua_Number)value->integer);
        break;
    case NEAP_VALUE_REAL:
        lua_pushnumber(L, value->real);
        break;
    case NEAP_VALUE_TEXT:
    case NEAP_VALUE_BLOB:
        lua_pushlstring(L, value->bytes, value->len);
        break;
    default:
        lua_pushnil(L);
    }
}

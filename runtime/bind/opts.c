/* SPDX-License-Identifier: MIT
 *
 * opts: see opts.h. */
#include "bind/opts.h"

#include "core/duration.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein distance of two short words; long ones count as far apart. */
static size_t distance(const char *a, const char *b)
{
    size_t row[33];
    size_t n = strlen(a), m = strlen(b);
    if (n > 32 || m > 32)
        return 99;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t above = row[j];
            row[j] = min3(row[j] + 1, row[j - 1] + 1,
                          diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[m];
}

static void unknown(lua_State *L, const char *path, const char *key,
                    const char *const *known)
{
    const char *best = NULL;
    size_t least = 4;
    for (; *known != NULL; known++) {
        size_t d = distance(key, *known);
        if (d < least) {
            least = d;
            best = *known;
        }
    }
    if (best != NULL)
        luaL_error(L, "%s: unknown option \"%s\" (did you mean \"%s\"?)", path,
                   key, best);
    luaL_error(L, "%s: unknown option \"%s\"", path, key);
}

static bool is_known(const char *key, const char *const *known)
{
    for (; *known != NULL; known++)
        if (strcmp(key, *known) == 0)
            return true;
    return false;
}

neap_opts neap_opts_open(lua_State *L, int arg, const char *path,
                         const char *const *known)
{
    neap_opts o = {L, 0, path};
    if (lua_isnoneornil(L, arg))
        return o;
    if (!lua_istable(L, arg))
        luaL_error(L, "%s: expected a table, got %s", path,
                   luaL_typename(L, arg));
    o.index = arg > 0 ? arg : lua_gettop(L) + 1 + arg;
    lua_pushnil(L);
    while (lua_next(L, o.index) != 0) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            luaL_error(L, "%s: expected option names, got a %s key", path,
                       luaL_typename(L, -1));
        if (!is_known(lua_tostring(L, -1), known))
            unknown(L, path, lua_tostring(L, -1), known);
    }
    return o;
}

static bool get(const neap_opts *o, const char *key)
{
    if (o->index == 0)
        return false;
    lua_getfield(o->L, o->index, key);
    if (!lua_isnil(o->L, -1))
        return true;
    lua_pop(o->L, 1);
    return false;
}

static void wrong(const neap_opts *o, const char *key, const char *expected)
{
    const char *got = luaL_typename(o->L, -1);
    if (lua_type(o->L, -1) == LUA_TNUMBER && isnan(lua_tonumber(o->L, -1)))
        got = "nan";
    luaL_error(o->L, "%s.%s: expected %s, got %s", o->path, key, expected, got);
}

double neap_opts_number(const neap_opts *o, const char *key, double otherwise)
{
    double value;
    if (!get(o, key))
        return otherwise;
    if (lua_type(o->L, -1) != LUA_TNUMBER)
        wrong(o, key, "a number");
    value = lua_tonumber(o->L, -1);
    lua_pop(o->L, 1);
    return value;
}

double neap_opts_range(const neap_opts *o, const char *key, double otherwise,
                       double low, double high)
{
    double value = neap_opts_number(o, key, otherwise);
    if (!(value >= low && value <= high))
        luaL_error(o->L, "%s.%s: %f is not between %f and %f", o->path, key,
                   value, low, high);
    return value;
}

uint32_t neap_opts_count(const neap_opts *o, const char *key,
                         uint32_t otherwise, uint32_t low)
{
    double value = neap_opts_number(o, key, otherwise);
    if (!(value >= low && value == floor(value)))
        luaL_error(o->L, "%s.%s: %f is not a whole number from %d on", o->path,
                   key, value, (int)low);
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

int64_t neap_opts_duration(const neap_opts *o, const char *key,
                           int64_t otherwise, int64_t low)
{
    int64_t value = otherwise;
    neap_err err = NEAP_ERR_INIT;
    size_t len;
    if (!get(o, key))
        return otherwise;
    if (lua_type(o->L, -1) == LUA_TNUMBER && !isnan(lua_tonumber(o->L, -1))) {
        value = neap_duration_of(lua_tonumber(o->L, -1));
    } else if (lua_type(o->L, -1) == LUA_TSTRING) {
        const char *text = lua_tolstring(o->L, -1, &len);
        if (neap_duration_read(&value, text, len, &err) != 0)
            luaL_error(o->L, "%s.%s: %s", o->path, key, err.message);
    } else {
        wrong(o, key, "a number of seconds or a text like \"90s\"");
    }
    if (value < low)
        luaL_error(o->L, "%s.%s: %f s is less than %f s", o->path, key,
                   neap_duration_seconds(value), neap_duration_seconds(low));
    lua_pop(o->L, 1);
    return value;
}

int64_t neap_opts_seconds_at(lua_State *L, int arg)
{
    double seconds = luaL_checknumber(L, arg);
    luaL_argcheck(L, !isnan(seconds), arg, "not a number of seconds");
    return neap_duration_of(seconds);
}

bool neap_opts_bool(const neap_opts *o, const char *key, bool otherwise)
{
    bool value;
    if (!get(o, key))
        return otherwise;
    if (!lua_isboolean(o->L, -1))
        wrong(o, key, "true or false");
    value = lua_toboolean(o->L, -1);
    lua_pop(o->L, 1);
    return value;
}

const char *neap_opts_string(const neap_opts *o, const char *key,
                             const char *otherwise, size_t *len)
{
    const char *value;
    size_t size;
    if (!get(o, key)) {
        if (len != NULL)
            *len = otherwise != NULL ? strlen(otherwise) : 0;
        return otherwise;
    }
    if (lua_type(o->L, -1) != LUA_TSTRING)
        wrong(o, key, "a string");
    value = lua_tolstring(o->L, -1, &size);
    if (len != NULL)
        *len = size;
    else if (strlen(value) != size)
        luaL_error(o->L, "%s.%s: holds a NUL byte", o->path, key);
    lua_pop(o->L, 1);
    return value;
}

int neap_opts_choice(const neap_opts *o, const char *key, int otherwise,
                     const char *const *names)
{
    const char *value = neap_opts_string(o, key, NULL, NULL);
    if (value == NULL)
        return otherwise;
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(value, names[i]) == 0)
            return i;
    lua_pushstring(o->L, "");
    for (int i = 0; names[i] != NULL; i++) {
        lua_pushfstring(o->L, i == 0 ? "\"%s\"" : ", \"%s\"", names[i]);
        lua_concat(o->L, 2);
    }
    return luaL_error(o->L, "%s.%s: \"%s\" is not one of %s", o->path, key,
                      value, lua_tostring(o->L, -1));
}

bool neap_opts_push(const neap_opts *o, const char *key, int type)
{
    if (!get(o, key)) {
        lua_pushnil(o->L);
        return false;
    }
    if (type != LUA_TNONE && lua_type(o->L, -1) != type)
        wrong(o, key, lua_typename(o->L, type));
    return true;
}

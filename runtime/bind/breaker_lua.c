/* SPDX-License-Identifier: MIT
 *
 * breaker_lua: core/breaker for Lua; see meta/breaker.lua. */
#include "bind/box.h"
#include "bind/native.h"
#include "bind/opts.h"
#include "core/breaker.h"

#include <math.h>
#include <stdlib.h>

#define TYPE "neap.breaker"

static const char *const known[] = {"consecutive_failures",
                                    "timeout",
                                    "max_requests",
                                    "interval",
                                    "deadline_counts",
                                    "failure_rate",
                                    "slow_rate",
                                    "slow_call",
                                    "minimum_requests",
                                    "window",
                                    NULL};

static neap_breaker_options options_at(lua_State *L, int arg)
{
    neap_breaker_options b = NEAP_BREAKER_OPTIONS_INIT;
    neap_opts o = neap_opts_open(L, arg, "breaker", known);
    b.consecutive_failures =
        neap_opts_count(&o, "consecutive_failures", b.consecutive_failures, 0);
    b.max_requests = neap_opts_count(&o, "max_requests", b.max_requests, 0);
    b.timeout = neap_opts_duration(&o, "timeout", b.timeout, INT64_MIN);
    b.interval = neap_opts_duration(&o, "interval", b.interval, INT64_MIN);
    b.deadline_counts =
        neap_opts_bool(&o, "deadline_counts", b.deadline_counts);
    b.failure_rate = neap_opts_range(&o, "failure_rate", 0, 0, 1);
    b.slow_rate = neap_opts_range(&o, "slow_rate", 0, 0, 1);
    b.slow_call = neap_opts_duration(&o, "slow_call", b.slow_call, 0);
    b.minimum_requests =
        neap_opts_count(&o, "minimum_requests", b.minimum_requests, 1);
    b.window = neap_opts_duration(&o, "window", b.window, INT64_MIN);
    return b;
}

static int breaker_new(lua_State *L)
{
    neap_breaker_options options = options_at(L, 1);
    neap_box *box = neap_box_push(L, TYPE, NULL);
    box->object = malloc(sizeof(neap_breaker));
    if (box->object == NULL)
        return luaL_error(L, "no memory for a breaker");
    neap_breaker_init(box->object, &options);
    return 1;
}

static int breaker_allow(lua_State *L)
{
    neap_breaker *b = neap_box_check(L, 1, TYPE);
    uint64_t token;
    switch (neap_breaker_allow(&token, b, neap_opts_seconds_at(L, 2))) {
    case NEAP_BREAKER_GO:
        lua_pushnumber(L, (double)token);
        return 1;
    case NEAP_BREAKER_IS_OPEN:
        lua_pushnil(L);
        lua_pushliteral(L, "open");
        return 2;
    default:
        lua_pushnil(L);
        lua_pushliteral(L, "too_many");
        return 2;
    }
}

static neap_breaker_outcome outcome_at(lua_State *L, int arg)
{
    static const char *const names[] = {"cancelled", "deadline", NULL};
    if (lua_isboolean(L, arg))
        return lua_toboolean(L, arg) ? NEAP_BREAKER_SUCCESS
                                     : NEAP_BREAKER_FAILURE;
    if (lua_type(L, arg) != LUA_TSTRING)
        luaL_argerror(L, arg,
                      "expected true, false, \"cancelled\" or \"deadline\"");
    return luaL_checkoption(L, arg, NULL, names) == 0 ? NEAP_BREAKER_CANCELLED
                                                      : NEAP_BREAKER_DEADLINE;
}

static int breaker_done(lua_State *L)
{
    neap_breaker *b = neap_box_check(L, 1, TYPE);
    double token = luaL_checknumber(L, 2);
    neap_breaker_outcome outcome = outcome_at(L, 3);
    int64_t now = neap_opts_seconds_at(L, 4);
    int64_t took = lua_isnoneornil(L, 5) ? 0 : neap_opts_seconds_at(L, 5);
    luaL_argcheck(L, token >= 1 && token <= 0x1p53 && token == floor(token), 2,
                  "not a token");
    neap_breaker_done(b, (uint64_t)token, outcome, now, took);
    return 0;
}

static int breaker_state(lua_State *L)
{
    neap_breaker *b = neap_box_check(L, 1, TYPE);
    lua_pushstring(
        L, neap_breaker_name(neap_breaker_at(b, neap_opts_seconds_at(L, 2))));
    return 1;
}

static int breaker_counts(lua_State *L)
{
    neap_breaker *b = neap_box_check(L, 1, TYPE);
    neap_breaker_counts c = neap_breaker_count(b, neap_opts_seconds_at(L, 2));
    lua_pushnumber(L, c.requests);
    lua_pushnumber(L, c.successes);
    lua_pushnumber(L, c.failures);
    lua_pushnumber(L, c.consecutive_successes);
    lua_pushnumber(L, c.consecutive_failures);
    return 5;
}

static int breaker_gc(lua_State *L)
{
    free(neap_box_take(L, 1, TYPE));
    return 0;
}

static const luaL_Reg methods[] = {
    {"allow", breaker_allow},
    {"counts", breaker_counts},
    {"done", breaker_done},
    {"state", breaker_state},
    {NULL, NULL},
};

int neap_open_breaker(lua_State *L)
{
    neap_box_type(L, TYPE, methods, breaker_gc);
    lua_newtable(L);
    lua_pushcfunction(L, breaker_new);
    lua_setfield(L, -2, "new");
    return 1;
}

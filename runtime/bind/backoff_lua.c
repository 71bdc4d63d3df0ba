/* SPDX-License-Identifier: MIT
 *
 * backoff_lua: core/backoff for Lua; see meta/backoff.lua. */
#include "bind/box.h"
#include "bind/native.h"
#include "bind/opts.h"
#include "core/backoff.h"

#include <math.h>
#include <stdlib.h>
#include <sys/random.h>

#define TYPE "neap.backoff"

static const char *const known[] = {"initial",  "max",    "multiplier",
                                    "jitter",   "factor", "max_elapsed",
                                    "attempts", "seed",   NULL};
static const char *const jitters[] = {"proportional", "none",         "equal",
                                      "full",         "decorrelated", NULL};

/* Without a seed two processes must not wait in step. */
static uint64_t seed_of(const neap_opts *o)
{
    uint64_t seed = 0;
    double value = neap_opts_range(o, "seed", 0, 0, 0x1p53);
    bool given = neap_opts_push(o, "seed", LUA_TNUMBER);
    lua_pop(o->L, 1);
    if (value != floor(value))
        luaL_error(o->L, "%s.seed: %f is not a whole number", o->path, value);
    if (given)
        return (uint64_t)value;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) < 0)
        luaL_error(o->L, "%s.seed: none given, and the system has none",
                   o->path);
    return seed;
}

static neap_backoff_options options_at(lua_State *L, int arg)
{
    neap_backoff_options b = NEAP_BACKOFF_OPTIONS_INIT;
    neap_opts o = neap_opts_open(L, arg, "backoff", known);
    b.initial = neap_opts_duration(&o, "initial", b.initial, 0);
    b.max = neap_opts_duration(&o, "max", b.max, 0);
    b.max_elapsed = neap_opts_duration(&o, "max_elapsed", b.max_elapsed, 0);
    b.multiplier = neap_opts_range(&o, "multiplier", b.multiplier, 0, HUGE_VAL);
    b.factor = neap_opts_range(&o, "factor", b.factor, 0, 1);
    b.jitter = neap_opts_choice(&o, "jitter", b.jitter, jitters);
    b.attempts = neap_opts_count(&o, "attempts", UINT32_MAX, 1);
    if (b.attempts == UINT32_MAX)
        b.attempts = 0;
    b.seed = seed_of(&o);
    return b;
}

static int backoff_new(lua_State *L)
{
    neap_backoff_options options = options_at(L, 1);
    neap_box *box = neap_box_push(L, TYPE, NULL);
    box->object = malloc(sizeof(neap_backoff));
    if (box->object == NULL)
        return luaL_error(L, "no memory for a backoff");
    neap_backoff_init(box->object, &options);
    return 1;
}

static int backoff_next(lua_State *L)
{
    neap_backoff *b = neap_box_check(L, 1, TYPE);
    int64_t elapsed = lua_isnoneornil(L, 2) ? 0 : neap_opts_seconds_at(L, 2);
    int64_t delay = neap_backoff_next(b, elapsed);
    if (delay == NEAP_BACKOFF_STOP) {
        lua_pushnil(L);
        lua_pushliteral(L, "stop");
        return 2;
    }
    lua_pushnumber(L, neap_duration_seconds(delay));
    return 1;
}

static int backoff_reset(lua_State *L)
{
    neap_backoff_reset(neap_box_check(L, 1, TYPE));
    return 0;
}

static int backoff_gc(lua_State *L)
{
    free(neap_box_take(L, 1, TYPE));
    return 0;
}

static const luaL_Reg methods[] = {
    {"next", backoff_next},
    {"reset", backoff_reset},
    {NULL, NULL},
};

int neap_open_backoff(lua_State *L)
{
    neap_box_type(L, TYPE, methods, backoff_gc);
    lua_newtable(L);
    lua_pushcfunction(L, backoff_new);
    lua_setfield(L, -2, "new");
    return 1;
}

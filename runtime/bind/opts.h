/* SPDX-License-Identifier: MIT
 *
 * opts: reads an options table, strictly.
 *
 * Owns: the check that every key is known and every value of its type.
 * Refuses to know: what the options mean. Uses: lua.h.
 *
 * Use: list the keys once, call neap_opts_check (an unknown key raises and
 * names the nearest known one), then read each with its getter. A getter
 * raises "PATH.key: expected T, got U" on a wrong type and returns the
 * default when the key is absent.
 */
#ifndef NEAP_BIND_OPTS_H
#define NEAP_BIND_OPTS_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct neap_opts {
    lua_State *L;
    int index;        /* absolute stack index of the table, 0 = none given */
    const char *path; /* shown in errors; borrowed during the call */
} neap_opts;

/* Open the table at `arg`; nil or none reads as an empty one. `known` ends
 * with NULL. */
neap_opts neap_opts_open(lua_State *L, int arg, const char *path,
                         const char *const *known);

double neap_opts_number(const neap_opts *o, const char *key, double otherwise);
/* As above, and raises when outside [low, high]. */
double neap_opts_range(const neap_opts *o, const char *key, double otherwise,
                       double low, double high);
/* A whole number from `low` on; above UINT32_MAX (math.huge too) it reads as
 * that. */
uint32_t neap_opts_count(const neap_opts *o, const char *key,
                         uint32_t otherwise, uint32_t low);
/* A number of seconds, or a text like "90s"; in nanoseconds. Raises when below
 * `low`. */
int64_t neap_opts_duration(const neap_opts *o, const char *key,
                           int64_t otherwise, int64_t low);
/* The same of a plain argument, which is a number; any but NaN. */
int64_t neap_opts_seconds_at(lua_State *L, int arg);
bool neap_opts_bool(const neap_opts *o, const char *key, bool otherwise);
/* Borrowed until the table or its key changes. `len` may be NULL: then it must
 * not hold a NUL. */
const char *neap_opts_string(const neap_opts *o, const char *key,
                             const char *otherwise, size_t *len);
/* Index into `names` (ends with NULL); raises listing them. */
int neap_opts_choice(const neap_opts *o, const char *key, int otherwise,
                     const char *const *names);
/* Push the value and say whether it is there (pushes nil otherwise);
 * `lua_type` is LUA_TTABLE, LUA_TFUNCTION …, or LUA_TNONE for any. */
bool neap_opts_push(const neap_opts *o, const char *key, int lua_type);

#endif

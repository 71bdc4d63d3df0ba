/* SPDX-License-Identifier: MIT
 *
 * spawn_lua: reads the options of loop:spawn.
 *
 * Everything read is borrowed from the table or lies in userdata on the stack,
 * so that an error in the middle leaks nothing. */
#include "bind/environ_lua.h"
#include "bind/loop_lua.h"
#include "bind/process_lua.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The string on top, which must not hold a NUL; it stays on the stack. */
static const char *text(lua_State *L, const char *what, const char *name)
{
    size_t len;
    const char *s = NULL;
    if (lua_type(L, -1) == LUA_TSTRING)
        s = lua_tolstring(L, -1, &len);
    if (s == NULL)
        luaL_error(L, "%s%s: expected a string, got %s", what, name,
                   luaL_typename(L, -1));
    if (strlen(s) != len)
        luaL_error(L, "%s%s: holds a NUL byte", what, name);
    return s;
}

/* A NULL-terminated array in a userdata left on the stack; the strings are
 * borrowed from the options. */
static char **read_argv(lua_State *L, const neap_opts *o)
{
    const char **argv;
    int n;
    if (!neap_opts_push(o, "argv", LUA_TTABLE))
        luaL_error(L, "opts.argv: missing");
    n = (int)lua_objlen(L, -1);
    if (n == 0)
        luaL_error(L, "opts.argv: empty");
    argv = lua_newuserdata(L, (size_t)(n + 1) * sizeof *argv);
    for (int i = 0; i < n; i++) {
        char name[24];
        snprintf(name, sizeof name, "[%d]", i + 1);
        lua_rawgeti(L, -2, i + 1);
        argv[i] = text(L, "opts.argv", name);
        lua_pop(L, 1);
    }
    argv[n] = NULL;
    return (char **)argv;
}

static void read_stdin(lua_State *L, const neap_opts *o,
                       neap_process_options *out)
{
    if (neap_opts_push(o, "stdin", LUA_TNONE)) {
        if (lua_isboolean(L, -1))
            out->input_open = lua_toboolean(L, -1);
        else if (lua_type(L, -1) == LUA_TSTRING)
            out->input = lua_tolstring(L, -1, &out->input_len);
        else
            luaL_error(L, "opts.stdin: expected a string or true, got %s",
                       luaL_typename(L, -1));
    }
    lua_pop(L, 1);
}

static int64_t read_duration(const neap_opts *o, const char *key,
                             int64_t otherwise)
{
    return neap_duration_of(
        neap_opts_range(o, key, neap_duration_seconds(otherwise), 0, HUGE_VAL));
}

/* Leaves what must live until the start on the stack. */
static void read_options(lua_State *L, neap_process_options *out, bool *lines,
                         bool *output)
{
    static const char *const known[] = {
        "add",   "argv",   "cwd",   "drain",       "env",   "grace", "limit",
        "lines", "output", "spool", "spool_limit", "stdin", "tail",  NULL};
    neap_opts o = neap_opts_open(L, 2, "opts", known);
    const double most = 1 << 30;
    out->argv = read_argv(L, &o);
    out->env = neap_environ_read(&o);
    out->cwd = neap_opts_string(&o, "cwd", NULL, NULL);
    read_stdin(L, &o, out);
    out->grace = read_duration(&o, "grace", out->grace);
    out->drain = read_duration(&o, "drain", out->drain);
    out->limit =
        (size_t)neap_opts_range(&o, "limit", (double)out->limit, 0, most);
    out->tail = (size_t)neap_opts_range(&o, "tail", (double)out->tail, 0, most);
    out->spool = neap_opts_string(&o, "spool", NULL, NULL);
    out->spool_limit = (uint64_t)neap_opts_range(
        &o, "spool_limit", (double)out->spool_limit, 0, 1e15);
    *lines = neap_opts_bool(&o, "lines", false);
    *output = neap_opts_bool(&o, "output", false);
}

int neap_loop_spawn_lua(lua_State *L)
{
    neap_loop *loop = neap_loop_at(L, 1);
    neap_process_options options = NEAP_PROCESS_OPTIONS_INIT;
    bool lines, output;
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    read_options(L, &options, &lines, &output);
    return neap_process_start_lua(L, loop, &options, lines, output);
}

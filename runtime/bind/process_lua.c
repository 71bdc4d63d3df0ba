/* SPDX-License-Identifier: MIT
 *
 * process_lua: see process_lua.h. */
#include "bind/process_lua.h"

#include "bind/box.h"
#include "bind/call.h"
#include "bind/loop_lua.h"
#include "bind/opts.h"
#include "bind/push.h"
#include "io/process.h"
#include "io/sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE "neap.process"

/* What the box holds; the process outlives it while it runs. */
typedef struct bound {
    neap_process *process; /* one reference */
    neap_loop *loop;       /* borrowed; valid while callbacks come */
    size_t tail;
} bound;

/* --- events --------------------------------------------------------------- */

static void on_bytes(bound *b, const char *kind, int stream, const char *bytes,
                     size_t len)
{
    lua_State *L = neap_loop_state(b->loop);
    if (!neap_loop_callback(L, b->loop, b, "on_event"))
        return;
    lua_pushstring(L, kind);
    lua_pushlstring(L, bytes, len);
    lua_pushinteger(L, stream);
    neap_call(L, 3);
}

static void on_output(void *ud, int stream, const char *bytes, size_t len)
{
    on_bytes(ud, "output", stream, bytes, len);
}

static void on_line(void *ud, int stream, const char *line, size_t len)
{
    on_bytes(ud, "line", stream, line, len);
}

/* Set PREFIX_name of the table on top to the value above it. */
static void set(lua_State *L, const char *prefix, const char *name)
{
    lua_pushfstring(L, "%s%s", prefix, name);
    lua_insert(L, -2);
    lua_rawset(L, -3);
}

static void push_stream(lua_State *L, const bound *b, int stream)
{
    const char *prefix = stream == 1 ? "stdout" : "stderr";
    neap_process_stream s = neap_process_output(b->process, stream);
    lua_pushlstring(L, s.head != NULL ? s.head : "", s.head_len);
    set(L, prefix, "");
    lua_pushnumber(L, (double)s.bytes);
    set(L, prefix, "_bytes");
    lua_pushboolean(L, s.truncated);
    set(L, prefix, "_truncated");
    if (s.bytes > 0) {
        char *tail = lua_newuserdata(L, b->tail + 1);
        lua_pushlstring(L, tail, neap_process_tail(b->process, stream, tail));
        lua_remove(L, -2);
    } else {
        lua_pushliteral(L, "");
    }
    set(L, prefix, "_tail");
    if (s.spool_error != NULL) {
        lua_pushstring(L, s.spool_error);
        set(L, prefix, "_spool_error");
    }
}

static void push_facts(lua_State *L, const bound *b,
                       const neap_process_facts *facts)
{
    lua_createtable(L, 0, 13);
    if (facts->known && facts->signal == 0) {
        lua_pushinteger(L, facts->code);
        lua_setfield(L, -2, "code");
    } else if (facts->known) {
        lua_pushinteger(L, facts->signal);
        lua_setfield(L, -2, "signal");
    }
    lua_pushnumber(L, neap_duration_seconds(facts->duration));
    lua_setfield(L, -2, "duration");
    lua_pushinteger(L, facts->survivors);
    lua_setfield(L, -2, "survivors");
    if (facts->stopped != NULL) {
        lua_pushstring(L, facts->stopped);
        lua_setfield(L, -2, "stopped");
    }
    push_stream(L, b, 1);
    push_stream(L, b, 2);
}

static void on_exit_facts(void *ud, const neap_process_facts *facts)
{
    bound *b = ud;
    lua_State *L = neap_loop_state(b->loop);
    if (!neap_loop_callback(L, b->loop, b, "on_event"))
        return;
    lua_pushliteral(L, "exit");
    push_facts(L, b, facts);
    neap_loop_drop(L, b->loop, b);
    neap_call(L, 2);
}

/* --- options -------------------------------------------------------------- */

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

static size_t env_size(lua_State *L, int table, size_t *count)
{
    size_t size = 0;
    *count = 0;
    for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
        const char *name;
        lua_pushvalue(L, -2);
        name = text(L, "opts.env: ", "name");
        if (name[0] == '\0' || strchr(name, '=') != NULL)
            luaL_error(L, "opts.env: \"%s\" cannot be a name", name);
        lua_pop(L, 1);
        text(L, "opts.env.", name);
        size += lua_objlen(L, -1) + lua_objlen(L, -2) + 2;
        ++*count;
    }
    return size;
}

/* The pointers and the strings, in one userdata left on the stack. */
static char **read_env(lua_State *L, const neap_opts *o)
{
    size_t count, size;
    char **env, *at;
    int table;
    if (!neap_opts_push(o, "env", LUA_TTABLE))
        return NULL;
    table = lua_gettop(L);
    size = env_size(L, table, &count);
    env = lua_newuserdata(L, (count + 1) * sizeof *env + size);
    at = (char *)(env + count + 1);
    env[count] = NULL;
    for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
        size_t name_len, value_len;
        const char *name = lua_tolstring(L, -2, &name_len);
        const char *value = lua_tolstring(L, -1, &value_len);
        env[--count] = at;
        memcpy(at, name, name_len);
        at[name_len] = '=';
        memcpy(at + name_len + 1, value, value_len + 1);
        at += name_len + value_len + 2;
    }
    return env;
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
static void read_options(lua_State *L, int arg, neap_process_options *out,
                         neap_process_events *events)
{
    static const char *const known[] = {
        "argv",   "cwd",   "drain",       "env",   "grace", "limit", "lines",
        "output", "spool", "spool_limit", "stdin", "tail",  NULL};
    neap_opts o = neap_opts_open(L, arg, "opts", known);
    const double most = 1 << 30;
    out->argv = read_argv(L, &o);
    out->env = read_env(L, &o);
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
    events->exit = on_exit_facts;
    if (neap_opts_bool(&o, "lines", false))
        events->line = on_line;
    if (neap_opts_bool(&o, "output", false))
        events->output = on_output;
}

int neap_loop_spawn_lua(lua_State *L)
{
    neap_loop *loop = neap_loop_at(L, 1);
    neap_process_options options = NEAP_PROCESS_OPTIONS_INIT;
    neap_process_events events = {0};
    neap_err err = NEAP_ERR_INIT;
    bound *b;
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    read_options(L, 2, &options, &events);
    b = calloc(1, sizeof *b);
    if (b == NULL)
        return luaL_error(L, "out of memory");
    b->loop = loop;
    b->tail = options.tail;
    neap_box_push(L, TYPE, b);
    if (neap_process_spawn(&b->process, loop, &options, &events, b, &err) != 0)
        return neap_push_fail(L, &err);
    neap_box_set_callback(L, lua_gettop(L), "on_event", 3);
    neap_loop_keep(L, loop, b);
    return 1;
}

/* --- methods -------------------------------------------------------------- */

static neap_process *process_at(lua_State *L)
{
    return ((bound *)neap_box_check(L, 1, TYPE))->process;
}

static int process_pid(lua_State *L)
{
    lua_pushinteger(L, neap_process_pid(process_at(L)));
    return 1;
}

static int process_start_time(lua_State *L)
{
    char ticks[32];
    neap_process *p = process_at(L);
    if (!neap_process_start_time(p, ticks))
        return 0;
    lua_pushstring(L, ticks);
    return 1;
}

static int process_running(lua_State *L)
{
    lua_pushboolean(L, neap_process_running(process_at(L)));
    return 1;
}

static int process_stop(lua_State *L)
{
    neap_process_stop(process_at(L), luaL_optstring(L, 2, "stopped"),
                      neap_duration_of(luaL_optnumber(L, 3, -1)));
    return 0;
}

static int process_kill(lua_State *L)
{
    neap_process_kill(process_at(L), (int)luaL_checkinteger(L, 2));
    return 0;
}

static int process_write(lua_State *L)
{
    size_t len;
    const char *bytes = luaL_checklstring(L, 2, &len);
    neap_err err = NEAP_ERR_INIT;
    if (neap_process_write(process_at(L), bytes, len, &err) != 0)
        return neap_push_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int process_close_stdin(lua_State *L)
{
    neap_process_close_stdin(process_at(L));
    return 0;
}

static int process_gc(lua_State *L)
{
    neap_box *box = lua_touserdata(L, 1);
    bound *b = box->object;
    box->object = NULL;
    if (b == NULL)
        return 0;
    if (b->process != NULL)
        neap_process_unref(b->process);
    free(b);
    return 0;
}

static const luaL_Reg methods[] = {
    {"close_stdin", process_close_stdin},
    {"kill", process_kill},
    {"pid", process_pid},
    {"running", process_running},
    {"start_time", process_start_time},
    {"stop", process_stop},
    {"write", process_write},
    {NULL, NULL},
};

void neap_process_type_lua(lua_State *L)
{
    neap_box_type(L, TYPE, methods, process_gc);
}

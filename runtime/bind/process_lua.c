/* SPDX-License-Identifier: MIT
 *
 * process_lua: see process_lua.h. What a running process tells Lua, and what
 * Lua can do with it; spawn_lua reads the options of its start. */
#include "bind/process_lua.h"

#include "bind/box.h"
#include "bind/call.h"
#include "bind/loop_lua.h"
#include "bind/push.h"

#include <stdlib.h>

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

/* What the facts call what is known of a stream. */
static const struct names {
    const char *head, *bytes, *truncated, *tail, *spool_error;
} NAMES[] = {
    {"stdout", "stdout_bytes", "stdout_truncated", "stdout_tail",
     "stdout_spool_error"},
    {"stderr", "stderr_bytes", "stderr_truncated", "stderr_tail",
     "stderr_spool_error"},
};

static void push_stream(lua_State *L, const bound *b, int stream)
{
    const struct names *name = &NAMES[stream - 1];
    neap_process_stream s = neap_process_output(b->process, stream);
    lua_pushlstring(L, s.head != NULL ? s.head : "", s.head_len);
    lua_setfield(L, -2, name->head);
    lua_pushnumber(L, (double)s.bytes);
    lua_setfield(L, -2, name->bytes);
    lua_pushboolean(L, s.truncated);
    lua_setfield(L, -2, name->truncated);
    if (s.bytes > 0) {
        char *tail = lua_newuserdata(L, b->tail + 1);
        lua_pushlstring(L, tail, neap_process_tail(b->process, stream, tail));
        lua_remove(L, -2);
    } else {
        lua_pushliteral(L, "");
    }
    lua_setfield(L, -2, name->tail);
    if (s.spool_error != NULL) {
        lua_pushstring(L, s.spool_error);
        lua_setfield(L, -2, name->spool_error);
    }
}

static void push_facts(lua_State *L, const bound *b,
                       const neap_process_facts *facts)
{
    lua_createtable(L, 0, 13);
    if (facts->failed != NULL) {
        neap_push_err(L, facts->failed);
        lua_setfield(L, -2, "spawn_error");
    } else if (facts->known && facts->signal == 0) {
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

/* --- the start ------------------------------------------------------------ */

int neap_process_start_lua(lua_State *L, neap_loop *loop,
                           const neap_process_options *options, bool lines,
                           bool output)
{
    neap_process_events events = {output ? on_output : NULL,
                                  lines ? on_line : NULL, on_exit_facts};
    neap_err err = NEAP_ERR_INIT;
    bound *b = calloc(1, sizeof *b);
    if (b == NULL)
        return luaL_error(L, "out of memory");
    b->loop = loop;
    b->tail = options->tail;
    neap_box_push(L, TYPE, b);
    if (neap_process_spawn(&b->process, loop, options, &events, b, &err) != 0)
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

/* SPDX-License-Identifier: MIT
 *
 * git_lua: native.git, the verbs of io/git for Lua.
 *
 * Owns: the job that carries one verb to its answer. Refuses to know: options
 * (git_ask_lua) and what a verb does. Uses: io/git, io/worker.
 */
#include "bind/box.h"
#include "bind/call.h"
#include "bind/git_ask_lua.h"
#include "bind/loop_lua.h"
#include "bind/native.h"
#include "bind/push.h"
#include "io/git.h"
#include "io/worker.h"

#include <lauxlib.h>
#include <stdlib.h>

#define TYPE "neap.git"
#define JOB  "neap.git.job"

/* One verb on its way. A box holds it while its options are read, so that an
 * error frees it; then the worker does, and the box, kept on the loop, only
 * holds the callback and the box of `git`. */
typedef struct job {
    neap_loop *loop; /* borrowed; valid while callbacks come */
    neap_git *git;   /* borrowed */
    neap_git_verb verb;
    neap_git_ask ask; /* its texts are owned */
    neap_git_answer answer;
    neap_err err;
    int status;
} job;

static void job_free(job *j)
{
    neap_git_ask_deinit(&j->ask);
    neap_git_answer_deinit(&j->answer);
    free(j);
}

static int job_gc(lua_State *L)
{
    job *j = neap_box_take(L, 1, JOB);
    if (j != NULL)
        job_free(j);
    return 0;
}

static void push_field(lua_State *L, const neap_git_answer *answer,
                       const neap_git_field *field)
{
    switch (field->kind) {
    case NEAP_GIT_TEXT:
        lua_pushlstring(L, neap_git_field_text(answer, field), field->size);
        break;
    case NEAP_GIT_NUMBER:
        lua_pushnumber(L, (lua_Number)field->number);
        break;
    case NEAP_GIT_FLAG:
        lua_pushboolean(L, field->number != 0);
        break;
    default:
        lua_newtable(L);
    }
}

/* Push the answer as a table. Every open list or row is a table on the stack;
 * an END leaves it where it was put when it began. */
static void push_answer(lua_State *L, const neap_git_answer *answer)
{
    lua_newtable(L);
    for (size_t i = 0; i < answer->count; i++) {
        const neap_git_field *field = &answer->fields[i];
        bool inner =
            field->kind == NEAP_GIT_LIST || field->kind == NEAP_GIT_ROW;
        if (field->kind == NEAP_GIT_END) {
            lua_pop(L, 1);
            continue;
        }
        push_field(L, answer, field);
        if (inner)
            lua_pushvalue(L, -1); /* parent, inner, inner */
        if (field->key != NULL)
            lua_setfield(L, inner ? -3 : -2, field->key);
        else
            lua_rawseti(L, inner ? -3 : -2,
                        (int)lua_objlen(L, inner ? -3 : -2) + 1);
    }
}

/* On a worker thread. */
static void job_run(void *ud)
{
    job *j = ud;
    j->status = neap_git_run(j->git, j->verb, &j->ask, &j->answer, &j->err);
}

/* From the loop: hand the answer on. */
static void job_done(void *ud, bool alive)
{
    job *j = ud;
    lua_State *L = neap_loop_state(j->loop);
    if (alive && neap_loop_callback(L, j->loop, j, "done")) {
        neap_loop_drop(L, j->loop, j);
        if (j->status == 0)
            push_answer(L, &j->answer);
        else
            neap_push_fail(L, &j->err);
        neap_call(L, j->status == 0 ? 1 : 2);
    }
    job_free(j);
}

/* Push the box of a new job with everything it needs. */
static neap_box *push_job(lua_State *L, neap_git_verb verb)
{
    neap_box *box = neap_box_push(L, JOB, NULL); /* 5 */
    job *j = calloc(1, sizeof *j);
    if (j == NULL)
        luaL_error(L, "not enough memory");
    box->object = j;
    j->loop = neap_loop_at(L, 1);
    j->git = neap_box_check(L, lua_upvalueindex(1), TYPE);
    j->verb = verb;
    neap_git_ask_read(&j->ask, L, 3, verb);
    neap_box_set_callback(L, 5, "done", 4);
    neap_box_set_callback(L, 5, "git", lua_upvalueindex(1));
    return box;
}

/* call(loop, verb, opts, fn) */
static int call(lua_State *L)
{
    neap_err err = NEAP_ERR_INIT;
    neap_loop *loop = neap_loop_at(L, 1);
    neap_git_verb verb = neap_git_verb_at(L, 2);
    neap_box *box;
    job *j;
    luaL_checktype(L, 4, LUA_TFUNCTION);
    lua_settop(L, 4);
    box = push_job(L, verb);
    j = box->object;
    neap_loop_keep(L, loop, j);
    box->object = NULL;
    if (neap_worker_submit(loop, job_run, job_done, j, &err) != 0) {
        neap_loop_drop(L, loop, j);
        job_free(j);
        return neap_push_fail(L, &err);
    }
    lua_pushboolean(L, true);
    return 1;
}

static int git_gc(lua_State *L)
{
    neap_git_free(neap_box_take(L, 1, TYPE));
    return 0;
}

int neap_open_git(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    neap_err err = NEAP_ERR_INIT;
    neap_git *git;
    neap_box_type(L, TYPE, none, git_gc);
    neap_box_type(L, JOB, none, job_gc);
    if (neap_git_new(&git, &err) != 0)
        return luaL_error(L, "%s", err.message);
    lua_newtable(L);
    neap_box_push(L, TYPE, git);
    lua_pushcclosure(L, call, 1);
    lua_setfield(L, -2, "call");
    return 1;
}

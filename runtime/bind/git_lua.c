/* SPDX-License-Identifier: MIT
 *
 * git_lua: native.git, the verbs of io/git for Lua.
 *
 * Owns: which options a verb takes, and the job that carries one verb to its
 * answer. Refuses to know: what a verb does. Uses: io/git, opts, push, call.
 */
#include "bind/box.h"
#include "bind/native.h"
#include "bind/opts.h"
#include "bind/push.h"
#include "io/git.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#define TYPE "neap.git"
#define JOB  "neap.git.job"

/* The options of each verb, the first `needed` of which must be given. */
static const struct verb {
    const char *name;
    int needed;
    const char *options[8];
} verbs[NEAP_GIT_VERBS] = {
    [NEAP_GIT_OPEN] = {"open", 1, {"path"}},
    [NEAP_GIT_RESOLVE] = {"resolve", 2, {"repo", "rev"}},
    [NEAP_GIT_STATUS] = {"status", 1, {"path"}},
    [NEAP_GIT_COMMIT] = {"commit",
                         2,
                         {"path", "message", "author_name", "author_email",
                          "all"}},
    [NEAP_GIT_MERGE_TREES] = {"merge_trees",
                              3,
                              {"repo", "ours", "theirs", "base"}},
    [NEAP_GIT_COMMIT_TREE] = {"commit_tree",
                              3,
                              {"repo", "tree", "message", "parents",
                               "author_name", "author_email"}},
    [NEAP_GIT_UPDATE_REF] = {"update_ref",
                             4,
                             {"repo", "ref", "to", "expect", "message"}},
    [NEAP_GIT_BRANCH] = {"branch", 2, {"repo", "name", "at", "force"}},
    [NEAP_GIT_DELETE_BRANCH] = {"delete_branch", 2, {"repo", "name"}},
    [NEAP_GIT_RESET_HARD] = {"reset_hard",
                             2,
                             {"path", "to", "branch", "clean"}},
    [NEAP_GIT_DIFF] = {"diff", 3, {"repo", "from", "to"}},
    [NEAP_GIT_WORKTREES] = {"worktrees", 1, {"repo"}},
    [NEAP_GIT_EXCLUDE] = {"exclude", 2, {"repo", "pattern"}},
};

/* Where the text of an option goes. */
static const struct text {
    const char *name;
    size_t at;
} texts[] = {
#define TEXT(name, field)                                                      \
    {                                                                          \
        name, offsetof(neap_git_ask, field)                                    \
    }
    TEXT("path", path),
    TEXT("repo", path),
    TEXT("rev", rev),
    TEXT("message", message),
    TEXT("author_name", author_name),
    TEXT("author_email", author_email),
    TEXT("base", base),
    TEXT("ours", ours),
    TEXT("theirs", theirs),
    TEXT("tree", tree),
    TEXT("ref", ref),
    TEXT("to", to),
    TEXT("expect", expect),
    TEXT("name", name),
    TEXT("at", at),
    TEXT("from", from),
    TEXT("branch", branch),
    TEXT("pattern", pattern),
#undef TEXT
};

/* One verb on its way. It lives in a box whose environment holds the
 * callback; the collector frees it, after an error in its options too. */
typedef struct job {
    neap_git *git; /* borrowed: `call` holds its box */
    neap_git_verb verb;
    neap_git_ask ask; /* its texts are owned */
    neap_git_answer answer;
    neap_err err;
    int status;
} job;

static const char **text_of(neap_git_ask *ask, const struct text *text)
{
    return (const char **)((char *)ask + text->at);
}

static int job_gc(lua_State *L)
{
    neap_box *box = neap_box_at(L, 1, JOB);
    job *j = box->object;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char **text = text_of(&j->ask, &texts[i]);
        free((char *)*text);
        *text = NULL; /* "path" and "repo" are one */
    }
    for (const char **p = j->ask.parents; p != NULL && *p != NULL; p++)
        free((char *)*p);
    free(j->ask.parents);
    neap_git_answer_deinit(&j->answer);
    free(j);
    return 0;
}

static const char *copy(lua_State *L, const char *text)
{
    char *own = strdup(text);
    if (own == NULL)
        luaL_error(L, "not enough memory");
    return own;
}

static neap_opts check(lua_State *L, const struct verb *verb)
{
    neap_opts o;
    luaL_checktype(L, 3, LUA_TTABLE);
    o = neap_opts_open(L, 3, "opts", verb->options);
    for (int i = 0; i < verb->needed; i++)
        if (neap_opts_string(&o, verb->options[i], NULL, NULL) == NULL)
            luaL_error(L, "opts.%s: git %s needs it", verb->options[i],
                       verb->name);
    return o;
}

static void read_parents(const neap_opts *o, neap_git_ask *ask)
{
    lua_State *L = o->L;
    if (neap_opts_push(o, "parents", LUA_TTABLE)) {
        size_t count = lua_objlen(L, -1);
        ask->parents = calloc(count + 1, sizeof *ask->parents);
        if (ask->parents == NULL)
            luaL_error(L, "not enough memory");
        for (size_t i = 0; i < count; i++) {
            lua_rawgeti(L, -1, (int)i + 1);
            if (lua_type(L, -1) != LUA_TSTRING)
                luaL_error(L, "opts.parents[%d]: expected a string, got %s",
                           (int)i + 1, luaL_typename(L, -1));
            ask->parents[i] = copy(L, lua_tostring(L, -1));
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
}

static void read_ask(const neap_opts *o, neap_git_ask *ask)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = neap_opts_string(o, texts[i].name, NULL, NULL);
        if (text != NULL)
            *text_of(ask, &texts[i]) = copy(o->L, text);
    }
    read_parents(o, ask);
    ask->all = neap_opts_bool(o, "all", true);
    ask->clean = neap_opts_bool(o, "clean", true);
    ask->force = neap_opts_bool(o, "force", false);
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

/* From the loop: hand the answer on. */
static int deliver(lua_State *L)
{
    job *j = neap_box_check(L, lua_upvalueindex(1), JOB);
    lua_getfenv(L, lua_upvalueindex(1));
    lua_getfield(L, -1, "done");
    if (j->status == 0)
        push_answer(L, &j->answer);
    else
        neap_push_fail(L, &j->err);
    lua_call(L, j->status == 0 ? 1 : 2, 0);
    return 0;
}

static int verb_at(lua_State *L, int arg)
{
    const char *name = luaL_checkstring(L, arg);
    for (int i = 0; i < NEAP_GIT_VERBS; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return i;
    return luaL_error(L, "git has no verb \"%s\"", name);
}

/* call(loop, verb, opts, fn) */
static int call(lua_State *L)
{
    int verb = verb_at(L, 2);
    neap_opts o = check(L, &verbs[verb]);
    job *j;
    luaL_checktype(L, 4, LUA_TFUNCTION);
    lua_settop(L, 4);
    j = calloc(1, sizeof *j);
    if (j == NULL)
        return luaL_error(L, "not enough memory");
    neap_box_push(L, JOB, j); /* 5 */
    neap_box_set_callback(L, 5, "done", 4);
    j->git = neap_box_check(L, lua_upvalueindex(1), TYPE);
    j->verb = (neap_git_verb)verb;
    read_ask(&o, &j->ask);
    j->status = neap_git_run(j->git, j->verb, &j->ask, &j->answer, &j->err);
    lua_getfield(L, 1, "defer");
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 5);
    lua_pushcclosure(L, deliver, 1);
    lua_call(L, 2, 0);
    return 0;
}

static int git_gc(lua_State *L)
{
    neap_box *box = neap_box_at(L, 1, TYPE);
    neap_git_free(box->object);
    box->object = NULL;
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

/* SPDX-License-Identifier: MIT
 *
 * git_ask_lua: see git_ask_lua.h. */
#include "bind/git_ask_lua.h"

#include "bind/opts.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

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
    [NEAP_GIT_INDEX_TREE] = {"index_tree", 2, {"repo", "file"}},
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
    TEXT("file", file),
#undef TEXT
};

#define TEXTS (sizeof texts / sizeof *texts)

static const char **text_of(neap_git_ask *ask, const struct text *text)
{
    return (const char **)((char *)ask + text->at);
}

neap_git_verb neap_git_verb_at(lua_State *L, int arg)
{
    const char *name = luaL_checkstring(L, arg);
    for (int i = 0; i < NEAP_GIT_VERBS; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return (neap_git_verb)i;
    luaL_error(L, "git has no verb \"%s\"", name);
    return NEAP_GIT_VERBS;
}

/* A copy that C can read to its end. */
static const char *copy(lua_State *L, const char *name, const char *text,
                        size_t size)
{
    char *own;
    if (strlen(text) != size)
        luaL_error(L, "opts.%s: has a zero byte", name);
    own = strdup(text);
    if (own == NULL)
        luaL_error(L, "not enough memory");
    return own;
}

static neap_opts check(lua_State *L, int arg, const struct verb *verb)
{
    neap_opts o;
    luaL_checktype(L, arg, LUA_TTABLE);
    o = neap_opts_open(L, arg, "opts", verb->options);
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
            ask->parents[i] =
                copy(L, "parents", lua_tostring(L, -1), lua_objlen(L, -1));
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
}

void neap_git_ask_read(neap_git_ask *ask, lua_State *L, int arg,
                       neap_git_verb verb)
{
    neap_opts o = check(L, arg, &verbs[verb]);
    for (size_t i = 0; i < TEXTS; i++) {
        size_t size;
        const char *name = texts[i].name;
        const char *text = neap_opts_string(&o, name, NULL, &size);
        if (text != NULL)
            *text_of(ask, &texts[i]) = copy(L, name, text, size);
    }
    read_parents(&o, ask);
    ask->all = neap_opts_bool(&o, "all", true);
    ask->clean = neap_opts_bool(&o, "clean", true);
    ask->force = neap_opts_bool(&o, "force", false);
}

void neap_git_ask_deinit(neap_git_ask *ask)
{
    for (size_t i = 0; i < TEXTS; i++) {
        const char **text = text_of(ask, &texts[i]);
        free((char *)*text);
        *text = NULL; /* "path" and "repo" are one */
    }
    for (const char **p = ask->parents; p != NULL && *p != NULL; p++)
        free((char *)*p);
    free(ask->parents);
    ask->parents = NULL;
}

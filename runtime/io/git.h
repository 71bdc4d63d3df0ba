/* SPDX-License-Identifier: MIT
 *
 * git: the face of libgit2, which is a module opened at first use.
 *
 * Owns: the list of verbs, finding and opening neap_git.so. Refuses to know:
 * libgit2, loops, Lua. Uses: base, dlfcn, pthread.
 *
 * 1. Nothing of libgit2 is mapped or initialised before the first verb runs.
 * 2. A verb blocks: run it on a worker thread. Any thread will do, several at
 *    once too; each verb opens a repository handle of its own and closes it.
 * 3. An ask is borrowed during the verb; an answer belongs to the caller, who
 *    ends it with neap_git_answer_deinit, after a failure too.
 */
#ifndef NEAP_IO_GIT_H
#define NEAP_IO_GIT_H

#include "base/err.h"
#include "io/git_answer.h"

#include <stdbool.h>

typedef enum neap_git_verb {
    NEAP_GIT_OPEN,          /* what repository is this place in */
    NEAP_GIT_RESOLVE,       /* a revision to its commit and tree */
    NEAP_GIT_STATUS,        /* what differs from HEAD */
    NEAP_GIT_COMMIT,        /* everything in a working tree, on HEAD */
    NEAP_GIT_INDEX_TREE,    /* what a file that may be an index holds */
    NEAP_GIT_MERGE_TREES,   /* three-way merge in memory */
    NEAP_GIT_COMMIT_TREE,   /* a commit object that no ref knows yet */
    NEAP_GIT_UPDATE_REF,    /* compare and swap */
    NEAP_GIT_BRANCH,        /* create or move a branch */
    NEAP_GIT_DELETE_BRANCH, /* idempotent */
    NEAP_GIT_RESET_HARD,    /* a working tree back to a commit */
    NEAP_GIT_DIFF,          /* patch and counts between two revisions */
    NEAP_GIT_WORKTREES,     /* the main one and the linked ones */
    NEAP_GIT_EXCLUDE,       /* ignore a pattern in this clone only */
    NEAP_GIT_VERBS
} neap_git_verb;

/* Everything a verb can be asked; each reads the fields named beside it in
 * git_lua.c and finds NULL, false or 0 where nothing was given. */
typedef struct neap_git_ask {
    const char *path; /* a place inside the repository, or a tree's root */
    const char *rev;
    const char *message;
    const char *author_name;
    const char *author_email;
    const char *base;
    const char *ours;
    const char *theirs;
    const char *tree;
    const char *ref;
    const char *to;
    const char *expect; /* the ref's old value; "" = it must not exist */
    const char *name;
    const char *at;
    const char *from;
    const char *branch;
    const char *pattern;
    const char *file;
    const char **parents; /* ends with NULL; NULL = none */
    bool all;
    bool clean;
    bool force;
} neap_git_ask;

typedef int neap_git_fn(neap_git_answer *out, const neap_git_ask *ask,
                        neap_err *err);

/* What neap_git.so exports as `neap_git_api_v1`. */
typedef struct neap_git_api {
    int (*init)(neap_err *err); /* counted, as deinit is */
    void (*deinit)(void);
    neap_git_fn *verbs[NEAP_GIT_VERBS];
} neap_git_api;

#define NEAP_GIT_SYMBOL "neap_git_api_v1"

/* One for each runtime. */
typedef struct neap_git neap_git;

int neap_git_new(neap_git **out, neap_err *err);
void neap_git_free(neap_git *git); /* no verb may be running; NULL is fine */

/* Run one verb, opening the module first when it is the first one. A lock
 * that another program holds (index.lock, a ref's lock) is waited for, a
 * second at most, then the failure is NEAP_EBUSY. */
int neap_git_run(neap_git *git, neap_git_verb verb, const neap_git_ask *ask,
                 neap_git_answer *answer, neap_err *err);

#endif

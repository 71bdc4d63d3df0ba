/* SPDX-License-Identifier: MIT
 *
 * git_module: what the files of neap_git.so share. The only files that
 * include git2.h are these: git_module (the table, opening), git_place,
 * git_worktrees, git_tree, git_reset, git_merge and git_refs (verbs).
 *
 * Every verb opens one repository handle, and frees it before it returns.
 * Failures say "cannot DO ON: why", with libgit2's own words for the why.
 */
#ifndef NEAP_IO_GIT_MODULE_H
#define NEAP_IO_GIT_MODULE_H

#include "io/git.h"

#include <git2.h>

neap_git_fn neap_git__open, neap_git__resolve, neap_git__worktrees,
    neap_git__exclude, neap_git__status, neap_git__commit, neap_git__reset_hard,
    neap_git__index_tree, neap_git__merge_trees, neap_git__commit_tree,
    neap_git__diff, neap_git__update_ref, neap_git__branch,
    neap_git__delete_branch;

/* The repository that `path` lies in, looked for upwards. */
int neap_git__find(git_repository **out, const char *path, neap_err *err);

/* The repository whose working tree has its root at `path` exactly: a tree
 * that lost its .git never falls back to the repository around it. */
int neap_git__tree_at(git_repository **out, const char *path, neap_err *err);

/* The commit that `rev` names. */
int neap_git__commit_at(git_commit **out, git_repository *repo, const char *rev,
                        neap_err *err);

/* Who signs: the configured identity, else neap <neap@localhost>. */
int neap_git__identity(git_signature **out, git_repository *repo,
                       neap_err *err);

/* Who is the author: the ask's, else the identity. */
int neap_git__author(git_signature **out, git_repository *repo,
                     const neap_git_ask *ask, neap_err *err);

/* Add an object id as hexadecimal text; NULL adds nothing. */
void neap_git__oid(neap_git_answer *out, const char *key, const git_oid *oid);

/* Add a folder as people write it: without the last slash. */
void neap_git__folder(neap_git_answer *out, const char *key, const char *path);

/* Translate a libgit2 status below zero: "cannot DO ON: why". */
int neap_git__fail(neap_err *err, int status, const char *verb, const char *on);

#endif

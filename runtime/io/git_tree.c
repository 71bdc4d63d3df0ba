/* SPDX-License-Identifier: MIT
 *
 * git_tree: the verbs about a working tree: status, commit, reset_hard. See
 * git_module.h. */
#include "io/git_module.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NEW     (GIT_STATUS_INDEX_NEW)
#define CHANGED (GIT_STATUS_INDEX_MODIFIED | GIT_STATUS_WT_MODIFIED)
#define GONE    (GIT_STATUS_INDEX_DELETED | GIT_STATUS_WT_DELETED)
#define RETYPED (GIT_STATUS_INDEX_TYPECHANGE | GIT_STATUS_WT_TYPECHANGE)

/* The one word that matters most about an entry. */
static const char *word(unsigned status)
{
    if (status & GIT_STATUS_CONFLICTED)
        return "conflicted";
    if (status & GONE)
        return "deleted";
    if (status & NEW)
        return "added";
    if (status & GIT_STATUS_WT_NEW)
        return "untracked";
    if (status & RETYPED)
        return "typechange";
    return "modified";
}

static const char *entry_path(const git_status_entry *entry)
{
    return entry->index_to_workdir != NULL
               ? entry->index_to_workdir->new_file.path
               : entry->head_to_index->new_file.path;
}

int neap_git__status(neap_git_answer *out, const neap_git_ask *ask,
                     neap_err *err)
{
    git_status_options options;
    git_repository *repo = NULL;
    git_status_list *list = NULL;
    int status = neap_git__tree_at(&repo, ask->path, err);
    if (status != 0)
        return status;
    git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION);
    options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED |
                    GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS;
    status = git_status_list_new(&list, repo, &options);
    if (status < 0) {
        status = neap_git__fail(err, status, "read the status of", ask->path);
        goto out;
    }
    neap_git_flag(out, "clean", git_status_list_entrycount(list) == 0);
    neap_git_list(out, "entries");
    for (size_t i = 0; i < git_status_list_entrycount(list); i++) {
        const git_status_entry *entry = git_status_byindex(list, i);
        neap_git_row(out);
        neap_git_text(out, "path", entry_path(entry));
        neap_git_text(out, "status", word(entry->status));
        neap_git_end(out);
    }
    neap_git_end(out);
out:
    git_status_list_free(list);
    git_repository_free(repo);
    return status;
}

/* The tree of everything there is, or of the index as it stands. */
static int write_tree(git_oid *tree, git_repository *repo, bool all)
{
    git_index *index = NULL;
    int status = git_repository_index(&index, repo);
    if (status == 0)
        status = git_index_read(index, 0);
    if (status == 0 && all)
        status =
            git_index_add_all(index, NULL, GIT_INDEX_ADD_DEFAULT, NULL, NULL);
    if (status == 0 && all)
        status = git_index_update_all(index, NULL, NULL, NULL);
    if (status == 0 && all)
        status = git_index_write(index);
    if (status == 0)
        status = git_index_write_tree(tree, index);
    git_index_free(index);
    return status;
}

/* The commit of HEAD, or NULL when there is none yet. */
static int head_commit(git_commit **out, git_repository *repo)
{
    git_oid oid;
    int status = git_reference_name_to_id(&oid, repo, "HEAD");
    *out = NULL;
    if (status == GIT_ENOTFOUND)
        return 0;
    return status < 0 ? status : git_commit_lookup(out, repo, &oid);
}

static int commit_on_head(git_oid *oid, git_repository *repo,
                          const neap_git_ask *ask, const git_oid *tree_id,
                          git_commit *parent, neap_err *err)
{
    git_signature *author = NULL, *committer = NULL;
    git_tree *tree = NULL;
    const git_commit *parents[] = {parent};
    int status = neap_git__author(&author, repo, ask, err);
    if (status == 0)
        status = neap_git__identity(&committer, repo, err);
    if (status == 0) {
        status = git_tree_lookup(&tree, repo, tree_id);
        if (status == 0)
            status =
                git_commit_create(oid, repo, "HEAD", author, committer, NULL,
                                  ask->message, tree, parent != NULL, parents);
        if (status < 0)
            status = neap_git__fail(err, status, "commit in", ask->path);
    }
    git_tree_free(tree);
    git_signature_free(author);
    git_signature_free(committer);
    return status;
}

int neap_git__commit(neap_git_answer *out, const neap_git_ask *ask,
                     neap_err *err)
{
    git_repository *repo = NULL;
    git_commit *parent = NULL;
    git_oid tree, oid;
    bool changed;
    int status = neap_git__tree_at(&repo, ask->path, err);
    if (status != 0)
        return status;
    status = write_tree(&tree, repo, ask->all);
    if (status == 0)
        status = head_commit(&parent, repo);
    if (status < 0) {
        status = neap_git__fail(err, status, "commit in", ask->path);
        goto out;
    }
    changed =
        parent == NULL || !git_oid_equal(&tree, git_commit_tree_id(parent));
    if (changed)
        status = commit_on_head(&oid, repo, ask, &tree, parent, err);
    else
        git_oid_cpy(&oid, git_commit_id(parent));
    if (status == 0) {
        neap_git__oid(out, "oid", &oid);
        neap_git__oid(out, "tree", &tree);
        neap_git_flag(out, "changed", changed);
    }
out:
    git_commit_free(parent);
    git_repository_free(repo);
    return status;
}

/* A killed git leaves its lock behind; whoever resets a tree owns it. */
static void break_lock(git_repository *repo)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%sindex.lock", git_repository_path(repo));
    unlink(path);
}

/* Put HEAD on `branch` at `commit`, wherever it strayed to. */
static int reattach(git_repository *repo, const char *branch,
                    const git_commit *commit)
{
    char name[PATH_MAX];
    git_reference *ref = NULL;
    int status = git_repository_detach_head(repo);
    snprintf(name, sizeof name, "refs/heads/%s", branch);
    if (status == 0 || status == GIT_EUNBORNBRANCH)
        status = git_reference_create(&ref, repo, name, git_commit_id(commit),
                                      1, "neap: reset");
    git_reference_free(ref);
    return status == 0 ? git_repository_set_head(repo, name) : status;
}

static int remove_one(const char *path, const struct stat *info, int flag,
                      struct FTW *at)
{
    (void)info, (void)flag, (void)at;
    return remove(path);
}

/* What a clean leaves alone: repositories somebody made inside the tree. */
static int remove_nested(git_repository *repo)
{
    git_status_options options;
    git_status_list *list = NULL;
    int status;
    git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION);
    options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED;
    status = git_status_list_new(&list, repo, &options);
    for (size_t i = 0; status == 0 && i < git_status_list_entrycount(list);
         i++) {
        const git_status_entry *entry = git_status_byindex(list, i);
        char path[PATH_MAX];
        if (entry->status != GIT_STATUS_WT_NEW)
            continue;
        snprintf(path, sizeof path, "%s%s", git_repository_workdir(repo),
                 entry_path(entry));
        nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
    git_status_list_free(list);
    return status;
}

int neap_git__reset_hard(neap_git_answer *out, const neap_git_ask *ask,
                         neap_err *err)
{
    git_checkout_options checkout;
    git_repository *repo = NULL;
    git_commit *commit = NULL;
    int status = neap_git__tree_at(&repo, ask->path, err);
    if (status == 0)
        status = neap_git__commit_at(&commit, repo, ask->to, err);
    if (status != 0)
        goto out;
    git_checkout_options_init(&checkout, GIT_CHECKOUT_OPTIONS_VERSION);
    checkout.checkout_strategy =
        GIT_CHECKOUT_FORCE | (ask->clean ? GIT_CHECKOUT_REMOVE_UNTRACKED : 0);
    break_lock(repo);
    if (ask->branch != NULL)
        status = reattach(repo, ask->branch, commit);
    if (status == 0)
        status = git_reset(repo, (git_object *)commit, GIT_RESET_HARD, NULL);
    if (status == 0)
        status = git_checkout_tree(repo, (git_object *)commit, &checkout);
    if (status == 0 && ask->clean)
        status = remove_nested(repo);
    if (status < 0)
        status = neap_git__fail(err, status, "reset", ask->path);
    else
        neap_git__oid(out, "oid", git_commit_id(commit));
out:
    git_commit_free(commit);
    git_repository_free(repo);
    return status;
}

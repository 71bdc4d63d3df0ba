/* SPDX-License-Identifier: MIT
 *
 * git_reset: the verb that puts a working tree back: reset_hard. See
 * git_module.h. */
#include "io/git_module.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static void unlink_lock(const char *folder, const char *kind, const char *name)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s%s.lock", folder, kind, name);
    if (n > 0 && n < (int)sizeof path)
        unlink(path);
}

/* A killed git leaves its locks behind; whoever resets a tree owns them. */
static void break_locks(git_repository *repo, const char *branch)
{
    unlink_lock(git_repository_path(repo), "", "index");
    unlink_lock(git_repository_path(repo), "", "HEAD");
    if (branch != NULL)
        unlink_lock(git_repository_commondir(repo), "refs/heads/", branch);
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
                 entry->index_to_workdir->new_file.path);
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
    break_locks(repo, ask->branch);
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

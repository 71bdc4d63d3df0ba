/* SPDX-License-Identifier: MIT
 *
 * git_refs: the verbs about names of commits: update_ref, branch,
 * delete_branch. See git_module.h. */
#include "io/git_module.h"

#include <string.h>

/* Change `ref` only if it still is what the asker saw: git's own lock file
 * makes the comparison and the write one. Without `to` the ref goes. */
static int swap(git_repository *repo, const neap_git_ask *ask,
                const git_oid *to)
{
    git_reference *ref = NULL;
    git_oid expect;
    bool exists = ask->expect[0] != '\0';
    int status = exists ? git_oid_fromstr(&expect, ask->expect) : 0;
    if (status == 0 && to != NULL) {
        status = git_reference_create_matching(
            &ref, repo, ask->ref, to, exists, exists ? &expect : NULL,
            ask->message != NULL ? ask->message : "neap");
    } else if (status == 0) {
        status = git_reference_lookup(&ref, repo, ask->ref);
        if (status == 0)
            status = exists && git_oid_equal(git_reference_target(ref), &expect)
                         ? git_reference_delete(ref)
                         : GIT_EMODIFIED;
    }
    git_reference_free(ref);
    return status;
}

int neap_git__update_ref(neap_git_answer *out, const neap_git_ask *ask,
                         neap_err *err)
{
    git_repository *repo = NULL;
    git_commit *to = NULL;
    int status = neap_git__find(&repo, ask->path, err);
    if (status == 0 && ask->to[0] != '\0')
        status = neap_git__commit_at(&to, repo, ask->to, err);
    if (status != 0)
        goto out;
    status = swap(repo, ask, to != NULL ? git_commit_id(to) : NULL);
    if (status == GIT_EMODIFIED || status == GIT_EEXISTS ||
        status == GIT_ENOTFOUND)
        status = neap_err_set(err, NEAP_ECONFLICT,
                              "cannot move %s: it is no longer %s", ask->ref,
                              ask->expect[0] != '\0' ? ask->expect : "absent");
    else if (status < 0)
        status = neap_git__fail(err, status, "move", ask->ref);
    else if (to != NULL)
        neap_git__oid(out, "oid", git_commit_id(to));
out:
    git_commit_free(to);
    git_repository_free(repo);
    return status;
}

int neap_git__branch(neap_git_answer *out, const neap_git_ask *ask,
                     neap_err *err)
{
    git_repository *repo = NULL;
    git_commit *at = NULL;
    git_reference *branch = NULL;
    int status = neap_git__find(&repo, ask->path, err);
    if (status == 0)
        status = neap_git__commit_at(&at, repo,
                                     ask->at != NULL ? ask->at : "HEAD", err);
    if (status == 0) {
        status = git_branch_create(&branch, repo, ask->name, at, ask->force);
        if (status < 0)
            status = neap_git__fail(err, status, "create branch", ask->name);
        else
            neap_git__oid(out, "oid", git_commit_id(at));
    }
    git_reference_free(branch);
    git_commit_free(at);
    git_repository_free(repo);
    return status;
}

int neap_git__delete_branch(neap_git_answer *out, const neap_git_ask *ask,
                            neap_err *err)
{
    git_repository *repo = NULL;
    git_reference *branch = NULL;
    int status = neap_git__find(&repo, ask->path, err);
    if (status != 0)
        return status;
    status = git_branch_lookup(&branch, repo, ask->name, GIT_BRANCH_LOCAL);
    neap_git_flag(out, "deleted", status == 0);
    if (status == GIT_ENOTFOUND)
        status = 0;
    else if (status == 0 && git_branch_is_checked_out(branch) == 1)
        status = neap_err_set(err, NEAP_ECONFLICT,
                              "cannot delete branch %s: it is checked out",
                              ask->name);
    else if (status == 0 && (status = git_branch_delete(branch)) < 0)
        status = neap_git__fail(err, status, "delete branch", ask->name);
    git_reference_free(branch);
    git_repository_free(repo);
    return status;
}

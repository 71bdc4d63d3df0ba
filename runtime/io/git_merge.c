/* SPDX-License-Identifier: MIT
 *
 * git_merge: the verbs that need no working tree: merge_trees, commit_tree,
 * diff. See git_module.h. */
#include "io/git_module.h"

#include <stdio.h>

/* Each conflicting path once; a conflict has one to three sides. */
static void tell_conflicts(neap_git_answer *out, git_index *index)
{
    git_index_conflict_iterator *iterator = NULL;
    const git_index_entry *base, *ours, *theirs;
    neap_git_list(out, "conflicts");
    git_index_conflict_iterator_new(&iterator, index);
    while (git_index_conflict_next(&base, &ours, &theirs, iterator) == 0)
        neap_git_text(out, NULL,
                      (ours != NULL     ? ours
                       : theirs != NULL ? theirs
                                        : base)
                          ->path);
    git_index_conflict_iterator_free(iterator);
    neap_git_end(out);
}

/* With a base given, plain three-way; else from the merge base, or several of
 * them, as git does. */
static int merge(git_index **index, git_repository *repo,
                 const git_commit *base, const git_commit *ours,
                 const git_commit *theirs)
{
    git_merge_options options;
    git_tree *trees[3] = {NULL, NULL, NULL};
    int status;
    git_merge_options_init(&options, GIT_MERGE_OPTIONS_VERSION);
    if (base == NULL)
        return git_merge_commits(index, repo, ours, theirs, &options);
    status = git_commit_tree(&trees[0], base);
    if (status == 0)
        status = git_commit_tree(&trees[1], ours);
    if (status == 0)
        status = git_commit_tree(&trees[2], theirs);
    if (status == 0)
        status = git_merge_trees(index, repo, trees[0], trees[1], trees[2],
                                 &options);
    for (int i = 0; i < 3; i++)
        git_tree_free(trees[i]);
    return status;
}

static void tell_base(neap_git_answer *out, git_repository *repo,
                      const git_commit *base, const git_commit *ours,
                      const git_commit *theirs)
{
    git_oid oid;
    if (base != NULL)
        neap_git__oid(out, "base", git_commit_id(base));
    else if (git_merge_base(&oid, repo, git_commit_id(ours),
                            git_commit_id(theirs)) == 0)
        neap_git__oid(out, "base", &oid);
}

int neap_git__merge_trees(neap_git_answer *out, const neap_git_ask *ask,
                          neap_err *err)
{
    git_repository *repo = NULL;
    git_commit *base = NULL, *ours = NULL, *theirs = NULL;
    git_index *index = NULL;
    git_oid tree;
    int status = neap_git__find(&repo, ask->path, err);
    if (status == 0 && ask->base != NULL)
        status = neap_git__commit_at(&base, repo, ask->base, err);
    if (status == 0)
        status = neap_git__commit_at(&ours, repo, ask->ours, err);
    if (status == 0)
        status = neap_git__commit_at(&theirs, repo, ask->theirs, err);
    if (status != 0)
        goto out;
    status = merge(&index, repo, base, ours, theirs);
    if (status == 0 && git_index_has_conflicts(index)) {
        tell_conflicts(out, index);
    } else if (status == 0) {
        status = git_index_write_tree_to(&tree, index, repo);
        neap_git__oid(out, "tree", status == 0 ? &tree : NULL);
    }
    tell_base(out, repo, base, ours, theirs);
    if (status < 0)
        status = neap_git__fail(err, status, "merge", ask->theirs);
out:
    git_index_free(index);
    git_commit_free(base);
    git_commit_free(ours);
    git_commit_free(theirs);
    git_repository_free(repo);
    return status;
}

#define PARENTS 16 /* more than any octopus has */

static int find_parents(git_commit *out[PARENTS], size_t *count,
                        git_repository *repo, const char *const *revs,
                        neap_err *err)
{
    for (*count = 0; revs != NULL && revs[*count] != NULL; ++*count) {
        int status;
        if (*count == PARENTS)
            return neap_err_set(err, NEAP_ELIMIT,
                                "cannot commit with more than %d parents",
                                PARENTS);
        status = neap_git__commit_at(&out[*count], repo, revs[*count], err);
        if (status != 0)
            return status;
    }
    return 0;
}

static int create_commit(git_oid *oid, git_repository *repo,
                         const neap_git_ask *ask, size_t count,
                         git_commit *const parents[], neap_err *err)
{
    git_object *tree = NULL;
    git_signature *author = NULL, *committer = NULL;
    int status = neap_git__author(&author, repo, ask, err);
    if (status == 0)
        status = neap_git__identity(&committer, repo, err);
    if (status == 0) {
        char rev[256];
        snprintf(rev, sizeof rev, "%s^{tree}", ask->tree);
        status = git_revparse_single(&tree, repo, rev);
        if (status == 0)
            status = git_commit_create(oid, repo, NULL, author, committer, NULL,
                                       ask->message, (git_tree *)tree, count,
                                       (const git_commit **)parents);
        if (status < 0)
            status = neap_git__fail(err, status, "commit tree", ask->tree);
    }
    git_signature_free(author);
    git_signature_free(committer);
    git_object_free(tree);
    return status;
}

int neap_git__commit_tree(neap_git_answer *out, const neap_git_ask *ask,
                          neap_err *err)
{
    git_repository *repo = NULL;
    git_commit *parents[PARENTS];
    size_t count = 0;
    git_oid oid;
    int status = neap_git__find(&repo, ask->path, err);
    if (status != 0)
        return status;
    status = find_parents(parents, &count, repo, ask->parents, err);
    if (status == 0)
        status = create_commit(&oid, repo, ask, count, parents, err);
    if (status == 0)
        neap_git__oid(out, "oid", &oid);
    while (count > 0)
        git_commit_free(parents[--count]);
    git_repository_free(repo);
    return status;
}

static const char *delta_word(git_delta_t status)
{
    switch (status) {
    case GIT_DELTA_ADDED:
        return "added";
    case GIT_DELTA_DELETED:
        return "deleted";
    case GIT_DELTA_RENAMED:
        return "renamed";
    case GIT_DELTA_COPIED:
        return "copied";
    case GIT_DELTA_TYPECHANGE:
        return "typechange";
    default:
        return "modified";
    }
}

static int tell_file(neap_git_answer *out, git_diff *diff, size_t at)
{
    const git_diff_delta *delta = git_diff_get_delta(diff, at);
    git_patch *patch = NULL;
    size_t added = 0, removed = 0;
    int status = git_patch_from_diff(&patch, diff, at);
    if (status == 0 && patch != NULL) /* NULL: unchanged or binary */
        status = git_patch_line_stats(NULL, &added, &removed, patch);
    neap_git_row(out);
    neap_git_text(out, "path", delta->new_file.path);
    if (delta->status == GIT_DELTA_RENAMED)
        neap_git_text(out, "from", delta->old_file.path);
    neap_git_text(out, "status", delta_word(delta->status));
    neap_git_number(out, "added", added);
    neap_git_number(out, "removed", removed);
    neap_git_end(out);
    git_patch_free(patch);
    return status;
}

static int tell_diff(neap_git_answer *out, git_repository *repo,
                     const git_commit *from, const git_commit *to)
{
    git_tree *trees[2] = {NULL, NULL};
    git_diff *diff = NULL;
    git_buf text = GIT_BUF_INIT;
    int status = git_commit_tree(&trees[0], from);
    if (status == 0)
        status = git_commit_tree(&trees[1], to);
    if (status == 0)
        status = git_diff_tree_to_tree(&diff, repo, trees[0], trees[1], NULL);
    if (status == 0)
        status = git_diff_find_similar(diff, NULL);
    if (status == 0)
        status = git_diff_to_buf(&text, diff, GIT_DIFF_FORMAT_PATCH);
    if (status == 0) {
        neap_git_bytes(out, "patch", text.ptr != NULL ? text.ptr : "",
                       text.size);
        neap_git_list(out, "files");
        for (size_t i = 0; status == 0 && i < git_diff_num_deltas(diff); i++)
            status = tell_file(out, diff, i);
        neap_git_end(out);
    }
    git_buf_dispose(&text);
    git_diff_free(diff);
    git_tree_free(trees[0]);
    git_tree_free(trees[1]);
    return status;
}

int neap_git__diff(neap_git_answer *out, const neap_git_ask *ask, neap_err *err)
{
    git_repository *repo = NULL;
    git_commit *from = NULL, *to = NULL;
    int status = neap_git__find(&repo, ask->path, err);
    if (status == 0)
        status = neap_git__commit_at(&from, repo, ask->from, err);
    if (status == 0)
        status = neap_git__commit_at(&to, repo, ask->to, err);
    if (status == 0) {
        status = tell_diff(out, repo, from, to);
        if (status < 0)
            status = neap_git__fail(err, status, "compare with", ask->to);
    }
    git_commit_free(from);
    git_commit_free(to);
    git_repository_free(repo);
    return status;
}

/* SPDX-License-Identifier: MIT
 *
 * git_tree: the verbs about a working tree and its index: status, commit and
 * index_tree. See git_module.h. */
#include "io/git_module.h"

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

/* A sparse tree lacks this file on purpose: it is not deleted. */
static bool is_left_out(git_index *index, const char *path)
{
    const git_index_entry *entry = git_index_get_bypath(index, path, 0);
    return entry != NULL &&
           (entry->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE) != 0;
}

static void tell_entries(neap_git_answer *out, git_status_list *list,
                         git_index *index)
{
    bool clean = true;
    neap_git_list(out, "entries");
    for (size_t i = 0; i < git_status_list_entrycount(list); i++) {
        const git_status_entry *entry = git_status_byindex(list, i);
        if (entry->status == GIT_STATUS_WT_DELETED &&
            is_left_out(index, entry_path(entry)))
            continue;
        clean = false;
        neap_git_row(out);
        neap_git_text(out, "path", entry_path(entry));
        neap_git_text(out, "status", word(entry->status));
        neap_git_end(out);
    }
    neap_git_end(out);
    neap_git_flag(out, "clean", clean);
}

int neap_git__status(neap_git_answer *out, const neap_git_ask *ask,
                     neap_err *err)
{
    git_status_options options;
    git_repository *repo = NULL;
    git_status_list *list = NULL;
    git_index *index = NULL;
    int status = neap_git__tree_at(&repo, ask->path, err);
    if (status != 0)
        return status;
    git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION);
    options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED |
                    GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS;
    status = git_status_list_new(&list, repo, &options);
    if (status == 0)
        status = git_repository_index(&index, repo);
    if (status < 0)
        status = neap_git__fail(err, status, "read the status of", ask->path);
    else
        tell_entries(out, list, index);
    git_index_free(index);
    git_status_list_free(list);
    git_repository_free(repo);
    return status;
}

/* For git_index_add_all: above zero leaves the entry as it is. */
static int keep_left_out(const char *path, const char *pattern, void *index)
{
    (void)pattern;
    return is_left_out(index, path) ? 1 : 0;
}

/* The tree of everything there is, or of the index as it stands. */
static int write_tree(git_oid *tree, git_repository *repo, bool all)
{
    git_index *index = NULL;
    int status = git_repository_index(&index, repo);
    if (status == 0)
        status = git_index_read(index, 0);
    if (status == 0 && all)
        status = git_index_add_all(index, NULL, GIT_INDEX_ADD_DEFAULT,
                                   keep_left_out, index);
    if (status == 0 && all)
        status = git_index_update_all(index, NULL, keep_left_out, index);
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

int neap_git__index_tree(neap_git_answer *out, const neap_git_ask *ask,
                         neap_err *err)
{
    git_repository *repo = NULL;
    git_index *index = NULL;
    git_oid tree;
    bool is_whole;
    int status = neap_git__find(&repo, ask->path, err);
    if (status != 0)
        return status;
    /* An index ends with the checksum of all before it, which is looked at. */
    is_whole = git_index_open(&index, ask->file) == 0 &&
               git_index_entrycount(index) > 0;
    neap_git_flag(out, "whole", is_whole);
    if (is_whole && git_index_write_tree_to(&tree, index, repo) == 0)
        neap_git__oid(out, "tree", &tree);
    git_index_free(index);
    git_repository_free(repo);
    return 0;
}

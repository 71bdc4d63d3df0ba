/* SPDX-License-Identifier: MIT
 *
 * git_worktrees: the verb that lists working trees: worktrees. See
 * git_module.h. */
#include "io/git_module.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first line of the file NAME in `folder`; false when there is none. */
static bool read_line(char *out, int size, const char *folder, const char *name)
{
    char path[PATH_MAX];
    FILE *file;
    bool ok;
    snprintf(path, sizeof path, "%s%s", folder, name);
    file = fopen(path, "re");
    ok = file != NULL && fgets(out, size, file) != NULL;
    if (file != NULL)
        fclose(file);
    if (ok)
        out[strcspn(out, "\n")] = '\0';
    return ok;
}

/* `branch`, `head` and `ready` of the tree whose git folder is `folder`. Read
 * from the files: libgit2 opens no tree whose own folder is gone. */
static void tell_state(neap_git_answer *out, git_repository *repo,
                       const char *folder)
{
    static const char heads[] = "ref: refs/heads/";
    char line[PATH_MAX], path[PATH_MAX];
    git_oid oid;
    if (read_line(line, sizeof line, folder, "HEAD")) {
        bool named = strncmp(line, heads, sizeof heads - 1) == 0;
        if (named)
            neap_git_text(out, "branch", line + sizeof heads - 1);
        if (named ? git_reference_name_to_id(&oid, repo, line + 5) == 0
                  : git_oid_fromstr(&oid, line) == 0)
            neap_git__oid(out, "head", &oid);
    }
    /* Its checkout came to an end: git writes the index last. */
    snprintf(path, sizeof path, "%sindex", folder);
    neap_git_flag(out, "ready", access(path, F_OK) == 0);
}

static void tell_main(neap_git_answer *out, git_repository *repo)
{
    git_repository *first = NULL;
    if (git_repository_open(&first, git_repository_commondir(repo)) == 0 &&
        !git_repository_is_bare(first)) {
        neap_git_row(out);
        neap_git_flag(out, "main", true);
        neap_git__folder(out, "path", git_repository_workdir(first));
        tell_state(out, first, git_repository_path(first));
        neap_git_flag(out, "valid", true);
        neap_git_flag(out, "locked", false);
        neap_git_end(out);
    }
    git_repository_free(first);
}

/* Its folder is there and still says that it is a tree. */
static bool is_valid(const git_worktree *tree)
{
    char path[PATH_MAX];
    if (tree == NULL || git_worktree_validate(tree) != 0)
        return false;
    snprintf(path, sizeof path, "%s/.git", git_worktree_path(tree));
    return access(path, F_OK) == 0;
}

static void tell_worktree(neap_git_answer *out, git_repository *repo,
                          const char *name)
{
    char folder[PATH_MAX], path[PATH_MAX];
    git_worktree *tree = NULL;
    snprintf(folder, sizeof folder, "%sworktrees/%s/",
             git_repository_commondir(repo), name);
    neap_git_row(out);
    neap_git_text(out, "name", name);
    if (read_line(path, sizeof path, folder, "gitdir")) {
        char *slash = strrchr(path, '/');
        if (slash != NULL)
            *slash = '\0';
        neap_git_text(out, "path", path);
    }
    tell_state(out, repo, folder);
    git_worktree_lookup(&tree, repo, name); /* NULL when it is half made */
    neap_git_flag(out, "valid", is_valid(tree));
    neap_git_flag(out, "locked",
                  tree != NULL && git_worktree_is_locked(NULL, tree) > 0);
    neap_git_end(out);
    git_worktree_free(tree);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int neap_git__worktrees(neap_git_answer *out, const neap_git_ask *ask,
                        neap_err *err)
{
    git_repository *repo = NULL;
    git_strarray names = {NULL, 0};
    int status = neap_git__find(&repo, ask->path, err);
    if (status != 0)
        return status;
    status = git_worktree_list(&names, repo);
    if (names.count > 0)
        qsort(names.strings, names.count, sizeof *names.strings, by_name);
    neap_git_list(out, "worktrees");
    tell_main(out, repo);
    for (size_t i = 0; i < names.count; i++)
        tell_worktree(out, repo, names.strings[i]);
    neap_git_end(out);
    if (status < 0)
        status = neap_git__fail(err, status, "list worktrees of", ask->path);
    git_strarray_dispose(&names);
    git_repository_free(repo);
    return status;
}

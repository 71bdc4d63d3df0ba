/* SPDX-License-Identifier: MIT
 *
 * git_place: the verbs that say where one is: open, resolve, worktrees, and
 * exclude. See git_module.h. */
#include "io/git_module.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* HEAD, named: on a branch, on a branch without a commit, or detached. */
static int tell_head(neap_git_answer *out, git_repository *repo, neap_err *err)
{
    static const char heads[] = "refs/heads/";
    git_reference *head = NULL;
    git_oid oid;
    const char *target;
    int status = git_reference_lookup(&head, repo, "HEAD");
    if (status < 0)
        return neap_git__fail(err, status, "read", "HEAD");
    target = git_reference_symbolic_target(head);
    if (target != NULL && strncmp(target, heads, sizeof heads - 1) == 0)
        neap_git_text(out, "head_branch", target + sizeof heads - 1);
    status = git_reference_name_to_id(&oid, repo, "HEAD");
    if (status == 0)
        neap_git__oid(out, "head", &oid);
    neap_git_text(out, "state",
                  target == NULL ? "detached"
                  : status == 0  ? "branch"
                                 : "unborn");
    git_reference_free(head);
    if (status < 0 && status != GIT_ENOTFOUND)
        return neap_git__fail(err, status, "read", "HEAD");
    return 0;
}

/* A folder as people write it: without the last slash. */
static void tell_folder(neap_git_answer *out, const char *key, const char *path)
{
    size_t size = path != NULL ? strlen(path) : 0;
    if (size > 1 && path[size - 1] == '/')
        size--;
    if (path != NULL)
        neap_git_bytes(out, key, path, size);
}

int neap_git__open(neap_git_answer *out, const neap_git_ask *ask, neap_err *err)
{
    git_repository *repo = NULL;
    int status = neap_git__find(&repo, ask->path, err);
    if (status != 0)
        return status;
    tell_folder(out, "root", git_repository_workdir(repo));
    tell_folder(out, "git_dir", git_repository_path(repo));
    tell_folder(out, "common_dir", git_repository_commondir(repo));
    neap_git_flag(out, "bare", git_repository_is_bare(repo));
    status = tell_head(out, repo, err);
    git_repository_free(repo);
    return status;
}

int neap_git__resolve(neap_git_answer *out, const neap_git_ask *ask,
                      neap_err *err)
{
    git_repository *repo = NULL;
    git_commit *commit = NULL;
    int status = neap_git__find(&repo, ask->path, err);
    if (status == 0)
        status = neap_git__commit_at(&commit, repo, ask->rev, err);
    if (status == 0) {
        neap_git__oid(out, "oid", git_commit_id(commit));
        neap_git__oid(out, "tree", git_commit_tree_id(commit));
    }
    git_commit_free(commit);
    git_repository_free(repo);
    return status;
}

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
        tell_folder(out, "path", git_repository_workdir(first));
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

/* Whether `line` is in the file; the file ends where it can be added to. */
static bool has_line(FILE *file, const char *line)
{
    char *text = NULL;
    size_t room = 0;
    ssize_t size;
    bool found = false;
    bool open = false; /* the last line has no end */
    while (!found && (size = getline(&text, &room, file)) > 0) {
        open = text[size - 1] != '\n';
        if (!open)
            text[size - 1] = '\0';
        found = strcmp(text, line) == 0;
    }
    free(text);
    fseek(file, 0, SEEK_END);
    if (!found && open)
        fputc('\n', file);
    return found;
}

int neap_git__exclude(neap_git_answer *out, const neap_git_ask *ask,
                      neap_err *err)
{
    char path[PATH_MAX];
    git_repository *repo = NULL;
    FILE *file;
    bool added;
    int status = neap_git__find(&repo, ask->path, err);
    if (status != 0)
        return status;
    snprintf(path, sizeof path, "%sinfo", git_repository_commondir(repo));
    mkdir(path, 0777);
    strcat(path, "/exclude");
    git_repository_free(repo);
    file = fopen(path, "a+e");
    if (file == NULL)
        return neap_err_sys(err, errno, "cannot open %s", path);
    flock(fileno(file), LOCK_EX); /* two runs add it once */
    added = !has_line(file, ask->pattern);
    if (added)
        fprintf(file, "%s\n", ask->pattern);
    if (fclose(file) != 0)
        return neap_err_sys(err, errno, "cannot write %s", path);
    neap_git_flag(out, "added", added);
    return 0;
}

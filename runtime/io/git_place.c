/* SPDX-License-Identifier: MIT
 *
 * git_place: the verbs that say where one is: open, resolve, exclude. See
 * git_module.h. */
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

static bool has_setting(git_config *config, const char *pattern)
{
    git_config_iterator *iterator = NULL;
    git_config_entry *entry;
    bool found =
        git_config_iterator_glob_new(&iterator, config, pattern) == 0 &&
        git_config_next(&entry, iterator) == 0;
    git_config_iterator_free(iterator);
    return found;
}

/* Filters run programs, sparse trees lack files on purpose, partial clones
 * fetch: only the git program can stage and check out there. */
static bool needs_program(git_repository *repo)
{
    char path[PATH_MAX];
    git_config *config = NULL;
    bool needs = true;
    snprintf(path, sizeof path, "%sinfo/sparse-checkout",
             git_repository_path(repo));
    if (access(path, F_OK) != 0 && git_repository_config(&config, repo) == 0)
        needs = has_setting(config, "^filter\\..*\\.(clean|smudge|process)$") ||
                has_setting(config, "^remote\\..*\\.promisor$");
    git_config_free(config);
    return needs;
}

int neap_git__open(neap_git_answer *out, const neap_git_ask *ask, neap_err *err)
{
    git_repository *repo = NULL;
    int status = neap_git__find(&repo, ask->path, err);
    if (status != 0)
        return status;
    neap_git__folder(out, "root", git_repository_workdir(repo));
    neap_git__folder(out, "git_dir", git_repository_path(repo));
    neap_git__folder(out, "common_dir", git_repository_commondir(repo));
    neap_git_flag(out, "bare", git_repository_is_bare(repo));
    neap_git_flag(out, "needs_program", needs_program(repo));
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

/* SPDX-License-Identifier: MIT
 *
 * git_module: libgit2 behind git.h, opened at first use.
 *
 * Owns: the table of verbs, opening repositories, translating errors; the
 * who signs. Refuses to know: threads, loops, Lua. Uses: libgit2. */
#include "io/git_module.h"

#include <errno.h>
#include <string.h>

/* libgit2 keeps the system's words, not its number. */
static int code_of_words(const char *message)
{
    static const int known[] = {ENOSPC, EDQUOT, EROFS, EACCES, EPERM, EIO};
    size_t size = strlen(message);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char buffer[128];
        const char *words = strerror_r(known[i], buffer, sizeof buffer);
        size_t n = strlen(words);
        if (size >= n && strcmp(message + size - n, words) == 0)
            return neap_err_sys(NULL, known[i], "git");
    }
    return NEAP_EUNKNOWN;
}

static int code_of(int status)
{
    const git_error *last = git_error_last();
    switch (status) {
    case GIT_ENOTFOUND:
    case GIT_EUNBORNBRANCH:
        return NEAP_ENOENT;
    case GIT_EEXISTS:
        return NEAP_EEXIST;
    case GIT_ELOCKED:
        return NEAP_EBUSY;
    case GIT_EMODIFIED:
    case GIT_ECONFLICT:
    case GIT_EMERGECONFLICT:
    case GIT_EUNMERGED:
    case GIT_ENONFASTFORWARD:
        return NEAP_ECONFLICT;
    case GIT_EINVALIDSPEC:
    case GIT_EINVALID:
    case GIT_EAMBIGUOUS:
    case GIT_EBAREREPO:
    case GIT_EPEEL:
        return NEAP_EINVAL;
    case GIT_EOWNER:
        return NEAP_EREADONLY;
    case GIT_EMISMATCH:
        return NEAP_ECORRUPT;
    }
    if (last != NULL && last->klass == GIT_ERROR_INVALID)
        return NEAP_EINVAL;
    if (last != NULL && last->klass == GIT_ERROR_NOMEMORY)
        return NEAP_ENOMEM;
    return last != NULL ? code_of_words(last->message) : NEAP_EUNKNOWN;
}

int neap_git__fail(neap_err *err, int status, const char *verb, const char *on)
{
    int code = code_of(status);
    const git_error *last = git_error_last();
    return neap_err_set(err, code, "cannot %s %s: %s", verb, on,
                        last != NULL ? last->message : "no reason was given");
}

/* libgit2 1.5 reports somebody else's repository as a missing setting. */
static bool is_foreign(int status)
{
    const git_error *last = git_error_last();
    return status == GIT_EOWNER ||
           (status == GIT_ENOTFOUND && last != NULL &&
            strstr(last->message, "safe.directory") != NULL);
}

static int opened(int status, const char *path, const char *missing,
                  neap_err *err)
{
    if (is_foreign(status))
        return neap_err_set(err, NEAP_EREADONLY,
                            "the repository at %s belongs to another user; to "
                            "trust it: git config --global --add "
                            "safe.directory %s",
                            path, path);
    if (status == GIT_ENOTFOUND)
        return neap_err_set(err, NEAP_ENOENT, missing, path);
    return status < 0 ? neap_git__fail(err, status, "open", path) : 0;
}

int neap_git__find(git_repository **out, const char *path, neap_err *err)
{
    return opened(git_repository_open_ext(out, path, 0, NULL), path,
                  "%s is not in a git repository", err);
}

int neap_git__tree_at(git_repository **out, const char *path, neap_err *err)
{
    int status =
        git_repository_open_ext(out, path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
    if (status == 0 && git_repository_is_bare(*out)) {
        git_repository_free(*out);
        *out = NULL;
        return neap_err_set(err, NEAP_EINVAL,
                            "%s is a bare repository: it has no working tree",
                            path);
    }
    return opened(status, path, "%s is not the root of a git working tree",
                  err);
}

int neap_git__commit_at(git_commit **out, git_repository *repo, const char *rev,
                        neap_err *err)
{
    git_object *object = NULL;
    int status = git_revparse_single(&object, repo, rev);
    if (status == 0)
        status = git_object_peel((git_object **)out, object, GIT_OBJECT_COMMIT);
    git_object_free(object);
    return status < 0 ? neap_git__fail(err, status, "find commit", rev) : 0;
}

void neap_git__oid(neap_git_answer *out, const char *key, const git_oid *oid)
{
    char hex[GIT_OID_HEXSZ + 1];
    if (oid != NULL)
        neap_git_text(out, key, git_oid_tostr(hex, sizeof hex, oid));
}

void neap_git__folder(neap_git_answer *out, const char *key, const char *path)
{
    size_t size = path != NULL ? strlen(path) : 0;
    if (size > 1 && path[size - 1] == '/')
        size--;
    if (path != NULL)
        neap_git_bytes(out, key, path, size);
}

int neap_git__identity(git_signature **out, git_repository *repo, neap_err *err)
{
    int status = git_signature_default(out, repo);
    if (status == GIT_ENOTFOUND)
        status = git_signature_now(out, "neap", "neap@localhost");
    return status < 0
               ? neap_git__fail(err, status, "sign in", "this repository")
               : 0;
}

int neap_git__author(git_signature **out, git_repository *repo,
                     const neap_git_ask *ask, neap_err *err)
{
    int status = neap_git__identity(out, repo, err);
    git_signature *author = NULL;
    if (status != 0 || (ask->author_name == NULL && ask->author_email == NULL))
        return status;
    status = git_signature_now(
        &author, ask->author_name != NULL ? ask->author_name : (*out)->name,
        ask->author_email != NULL ? ask->author_email : (*out)->email);
    git_signature_free(*out);
    *out = author;
    return status < 0 ? neap_git__fail(err, status, "sign as", ask->author_name)
                      : 0;
}

static int init(neap_err *err)
{
    int status = git_libgit2_init();
    return status < 0 ? neap_git__fail(err, status, "start", "libgit2") : 0;
}

static void deinit(void)
{
    git_libgit2_shutdown();
}

extern const neap_git_api neap_git_api_v1;

__attribute__((visibility("default"))) const neap_git_api neap_git_api_v1 = {
    .init = init,
    .deinit = deinit,
    .verbs =
        {
            [NEAP_GIT_OPEN] = neap_git__open,
            [NEAP_GIT_RESOLVE] = neap_git__resolve,
            [NEAP_GIT_STATUS] = neap_git__status,
            [NEAP_GIT_COMMIT] = neap_git__commit,
            [NEAP_GIT_INDEX_TREE] = neap_git__index_tree,
            [NEAP_GIT_MERGE_TREES] = neap_git__merge_trees,
            [NEAP_GIT_COMMIT_TREE] = neap_git__commit_tree,
            [NEAP_GIT_UPDATE_REF] = neap_git__update_ref,
            [NEAP_GIT_BRANCH] = neap_git__branch,
            [NEAP_GIT_DELETE_BRANCH] = neap_git__delete_branch,
            [NEAP_GIT_RESET_HARD] = neap_git__reset_hard,
            [NEAP_GIT_DIFF] = neap_git__diff,
            [NEAP_GIT_WORKTREES] = neap_git__worktrees,
            [NEAP_GIT_EXCLUDE] = neap_git__exclude,
        },
};

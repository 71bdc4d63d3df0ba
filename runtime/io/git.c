/* SPDX-License-Identifier: MIT
 *
 * git: see git.h. The module is looked for beside the program or shared
 * module this code is in, then where an installation puts it. */
#include "io/git.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MODULE  "neap_git.so"
#define TRIES   20
#define WAIT_NS (50 * 1000 * 1000)

struct neap_git {
    pthread_mutex_t lock;    /* guards api */
    const neap_git_api *api; /* borrowed for ever: never unmapped */
};

static const char *const places[] = {"", "../lib/neap/",
#ifdef NEAP_LIBDIR
                                     "../" NEAP_LIBDIR "/neap/",
#endif
                                     NULL};

int neap_git_new(neap_git **out, neap_err *err)
{
    neap_git *git = calloc(1, sizeof *git);
    *out = git;
    if (git == NULL)
        return neap_err_set(err, NEAP_ENOMEM, "cannot prepare git: no memory");
    pthread_mutex_init(&git->lock, NULL);
    return 0;
}

void neap_git_free(neap_git *git)
{
    if (git == NULL)
        return;
    if (git->api != NULL)
        git->api->deinit();
    pthread_mutex_destroy(&git->lock);
    free(git);
}

/* Turn the path of a binary into its folder, with the last slash. */
static bool folder(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return false;
    slash[1] = '\0';
    return true;
}

/* The folder of the shared module this code is in; the program's own name is
 * what it was called by, and says nothing: the kernel knows better. */
static bool own_folder(char out[PATH_MAX])
{
    Dl_info info;
    ssize_t n = -1;
    if (dladdr((const void *)&places, &info) != 0 &&
        strstr(info.dli_fname, ".so") != NULL &&
        realpath(info.dli_fname, out) != NULL)
        return folder(out);
    n = readlink("/proc/self/exe", out, PATH_MAX - 1);
    if (n < 0)
        return false;
    out[n] = '\0';
    return folder(out);
}

static int open_module(const neap_git_api **out, neap_err *err)
{
    char base[PATH_MAX], path[PATH_MAX + 64];
    void *module = NULL;
    if (!own_folder(base))
        return neap_err_set(err, NEAP_EIO,
                            "cannot open git support: this program's folder "
                            "is not known");
    for (int i = 0; places[i] != NULL; i++) {
        snprintf(path, sizeof path, "%s%s%s", base, places[i], MODULE);
        if (access(path, F_OK) != 0)
            continue;
        module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (module == NULL)
            return neap_err_set(err, NEAP_EIO, "cannot open git support: %s",
                                dlerror());
        *out = dlsym(module, NEAP_GIT_SYMBOL);
        if (*out == NULL)
            return neap_err_set(err, NEAP_EVERSION,
                                "%s belongs to another version of neap", path);
        return (*out)->init(err);
    }
    return neap_err_set(err, NEAP_ENOENT,
                        "git support is not installed: %s is neither in %s nor "
                        "in %s of it",
                        MODULE, base, places[1]);
}

static const neap_git_api *api_of(neap_git *git, neap_err *err)
{
    const neap_git_api *api;
    pthread_mutex_lock(&git->lock);
    if (git->api == NULL) {
        const neap_git_api *opened = NULL;
        if (open_module(&opened, err) == 0)
            git->api = opened;
    }
    api = git->api;
    pthread_mutex_unlock(&git->lock);
    return api;
}

int neap_git_run(neap_git *git, neap_git_verb verb, const neap_git_ask *ask,
                 neap_git_answer *answer, neap_err *err)
{
    neap_err own = NEAP_ERR_INIT;
    const neap_git_api *api = api_of(git, &own);
    int status = own.code;
    for (int i = 0; api != NULL && i < TRIES; i++) {
        struct timespec wait = {0, WAIT_NS};
        if (i > 0)
            nanosleep(&wait, NULL);
        neap_git_answer_deinit(answer);
        status = api->verbs[verb](answer, ask, &own);
        if (status == 0 && answer->failed)
            status = neap_err_set(&own, NEAP_ENOMEM,
                                  "cannot tell git's answer: no memory");
        if (status != NEAP_EBUSY)
            break;
    }
    if (status != 0 && err != NULL)
        *err = own;
    return status;
}

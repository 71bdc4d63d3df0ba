/* SPDX-License-Identifier: MIT
 *
 * spawn: see spawn.h. */
#include "io/spawn.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The thread sanitizer takes clone() for a fork and, in the memory that is
 * still ours, stops watching locks: it is called by its other name. */
#ifdef __SANITIZE_THREAD__
int __clone(int (*fn)(void *), void *stack, int flags, void *arg, ...);
#define clone __clone
#endif

#define SIGNALS   64
#define MASK_SIZE 8 /* of the kernel's sigset_t */

typedef struct launch {
    const neap_spawn_options *options;
    const char *path;
    int sys; /* errno of the step that failed */
} launch;

/* Runs in our memory while we stand still: system calls only, and none of
 * libc's wrappers, which sanitizers and other threads have views about. */
__attribute__((noinline,
               no_sanitize("address", "thread", "undefined"))) static int
child(void *arg)
{
    launch *l = arg;
    const neap_spawn_options *o = l->options;
    uint64_t zero[8] = {0}; /* a default action; an empty mask */
    syscall(SYS_setsid);
    if (o->cwd != NULL && syscall(SYS_chdir, o->cwd) != 0)
        goto fail;
    for (int fd = 0; fd < 3; fd++)
        if (syscall(SYS_dup3, o->fds[fd], fd, 0) < 0)
            goto fail;
    syscall(SYS_close_range, 3, ~0U, 0);
    for (int signal = 1; signal <= SIGNALS; signal++)
        syscall(SYS_rt_sigaction, signal, zero, NULL, MASK_SIZE);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, zero, NULL, MASK_SIZE);
    syscall(SYS_execve, l->path, o->argv, o->env != NULL ? o->env : environ);
fail:
    l->sys = errno;
    syscall(SYS_exit_group, 127);
    return 127;
}

static const char *env_get(char *const *env, const char *name)
{
    size_t len = strlen(name);
    for (; *env != NULL; env++)
        if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
            return *env + len + 1;
    return NULL;
}

/* Is there a program at `path`, as seen from `cwd`? 0 or an errno. */
static int probe(const char *cwd, const char *path)
{
    char joined[PATH_MAX];
    struct stat st;
    if (cwd != NULL && path[0] != '/') {
        if ((size_t)snprintf(joined, sizeof joined, "%s/%s", cwd, path) >=
            sizeof joined)
            return ENAMETOOLONG;
        path = joined;
    }
    if (access(path, X_OK) != 0 || stat(path, &st) != 0)
        return errno;
    return S_ISREG(st.st_mode) ? 0 : EACCES;
}

/* Find the program as the child will see it: PATH is that of its environment,
 * relative places start in its directory. A file that may not be run is passed
 * over, and is the reason given when nothing better comes. */
static int search(char out[PATH_MAX], const neap_spawn_options *o)
{
    const char *name = o->argv[0];
    const char *at = env_get(o->env != NULL ? o->env : environ, "PATH");
    int sys = ENOENT;
    if (strchr(name, '/') != NULL) { /* execve itself says what is wrong */
        if (strlen(name) >= PATH_MAX)
            return ENAMETOOLONG;
        strcpy(out, name);
        return 0;
    }
    if (name[0] == '\0')
        return ENOENT;
    if (at == NULL)
        at = "/usr/local/bin:/usr/bin:/bin";
    for (;; at++) {
        int len = (int)strcspn(at, ":");
        int used = snprintf(out, PATH_MAX, "%.*s%s%s", len, at,
                            len > 0 ? "/" : "./", name);
        int why = used < PATH_MAX ? probe(o->cwd, out) : ENAMETOOLONG;
        if (why == 0)
            return 0;
        if (why == EACCES)
            sys = EACCES;
        at += len;
        if (*at == '\0')
            return sys;
    }
}

int neap_spawn_error(neap_err *err, int sys, const neap_spawn_options *o)
{
    const char *name = o->argv[0];
    int code =
        o->cwd != NULL
            ? neap_err_sys(err, sys, "cannot start \"%s\" in %s", name, o->cwd)
            : neap_err_sys(err, sys, "cannot start \"%s\"", name);
    switch (sys) {
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case E2BIG:
        code = NEAP_ELIMIT;
        break;
    case ENOEXEC:
    case EACCES:
    case EISDIR:
        code = NEAP_EINVAL;
        break;
    default:
        break;
    }
    if (err != NULL)
        err->code = code;
    return code;
}

static int clone_child(pid_t *pid, int *pidfd, launch *l)
{
    uint64_t all = ~(uint64_t)0, old;
    char *top = (char *)l->options->stack + NEAP_SPAWN_STACK;
    int sys = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, MASK_SIZE);
    *pid = clone(child, top, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, l,
                 pidfd);
    if (*pid < 0)
        sys = errno;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, MASK_SIZE);
    return sys;
}

int neap_spawn(pid_t *pid, int *pidfd, const neap_spawn_options *options,
               neap_err *err)
{
    char path[PATH_MAX];
    launch l = {options, path, 0};
    siginfo_t info;
    int sys = search(path, options);
    if (sys != 0)
        return neap_spawn_error(err, sys, options);
    sys = clone_child(pid, pidfd, &l);
    if (sys != 0)
        return neap_spawn_error(err, sys, options);
    if (l.sys == 0)
        return 0;
    while (waitid(P_PIDFD, (id_t)*pidfd, &info, WEXITED) != 0 && errno == EINTR)
        ;
    close(*pidfd);
    return neap_spawn_error(err, l.sys, options);
}

/* SPDX-License-Identifier: MIT
 *
 * spawn: see spawn.h. */
#include "io/spawn.h"

#include "io/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

/* The thread sanitizer takes clone() for a fork and, in the memory that is
 * still ours, stops watching locks: it is called by its other name. */
#ifdef __SANITIZE_THREAD__
int __clone(int (*fn)(void *), void *stack, int flags, void *arg, ...);
#define clone __clone
#endif

#define SIGNALS   31 /* those with names */
#define MASK_SIZE 8  /* of the kernel's sigset_t */
#define STACK     8192

#define BIT(signal) ((uint64_t)1 << ((signal)-1))

#define FLAGS (CLONE_VM | CLONE_PIDFD | SIGCHLD | (NEAP_RAW ? 0 : CLONE_VFORK))

/* What the child uses while it is not yet the program. */
struct neap_spawn {
    neap_spawn_options options; /* copies, behind this struct */
    char path[PATH_MAX];
    int sys; /* errno of the step that failed; the child's until its end */
    char stack[STACK] __attribute__((aligned(16)));
};

/* Runs in our memory beside us: no libc, whose errno is ours, and nothing
 * that a sanitizer has views about. */
__attribute__((noinline,
               no_sanitize("address", "thread", "undefined"))) static int
child(void *arg)
{
    neap_spawn *s = arg;
    const neap_spawn_options *o = &s->options;
    uint64_t zero[8] = {0}; /* a default action; an empty mask */
    uint64_t ignore[8] = {(uintptr_t)SIG_IGN};
    uint64_t reset = o->signals | BIT(SIGINT) | BIT(SIGHUP);
    long rc, first = 3;
    neap_raw(SYS_setsid, 0, 0, 0, 0);
    /* What a terminal has sent to our group, of which it was until now, is not
     * for it: a signal that is ignored is no longer pending. */
    neap_raw(SYS_rt_sigaction, SIGINT, (long)ignore, 0, MASK_SIZE);
    neap_raw(SYS_rt_sigaction, SIGHUP, (long)ignore, 0, MASK_SIZE);
    rc = o->cwd != NULL ? neap_raw(SYS_chdir, (long)o->cwd, 0, 0, 0) : 0;
    for (int fd = 0; fd < 3 && rc >= 0; fd++)
        rc = neap_raw(SYS_dup3, o->fds[fd], fd, 0, 0);
    if (rc >= 0) {
        if (o->held >= 0)
            neap_raw(SYS_dup3, o->held, first++, O_CLOEXEC, 0);
        neap_raw(SYS_close_range, first, ~0U, 0, 0);
        for (uint64_t left = reset; left != 0; left &= left - 1)
            neap_raw(SYS_rt_sigaction, __builtin_ctzll(left) + 1, (long)zero, 0,
                     MASK_SIZE);
        neap_raw(SYS_rt_sigprocmask, SIG_SETMASK, (long)zero, 0, MASK_SIZE);
        rc =
            neap_raw(SYS_execve, (long)s->path, (long)o->argv, (long)o->env, 0);
    }
    s->sys = (int)-rc;
    neap_raw(SYS_exit_group, 127, 0, 0, 0);
    return 127;
}

/* --- the program ---------------------------------------------------------- */

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
    const char *at = env_get(o->env, "PATH");
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

/* --- the start ------------------------------------------------------------ */

uint64_t neap_spawn_signals(void)
{
    uint64_t signals = 0;
    struct sigaction now;
    for (int signal = 1; signal <= SIGNALS; signal++)
        if (sigaction(signal, NULL, &now) == 0 && now.sa_handler != SIG_DFL)
            signals |= BIT(signal);
    return signals;
}

/* How many strings, and the bytes of all. */
static size_t measure(char *const *list, size_t *size)
{
    size_t count = 0;
    for (; list[count] != NULL; count++)
        *size += strlen(list[count]) + 1;
    return count;
}

static char *copy_text(char **room, const char *text)
{
    char *at = *room;
    *room = stpcpy(at, text) + 1;
    return at;
}

/* Pointers to `*slots`, which is moved on behind them, strings to `*room`. */
static char *const *copy_list(char ***slots, char **room, char *const *list)
{
    char **copy = *slots;
    for (; *list != NULL; list++)
        *(*slots)++ = copy_text(room, *list);
    *(*slots)++ = NULL;
    return copy;
}

/* One block; NULL: no memory. */
static neap_spawn *spawn_new(const neap_spawn_options *o)
{
    char *const *env = o->env != NULL ? o->env : environ;
    size_t size = o->cwd != NULL ? strlen(o->cwd) + 1 : 0;
    size_t count = measure(o->argv, &size) + measure(env, &size) + 2;
    neap_spawn *s = malloc(sizeof *s + count * sizeof(char *) + size);
    char **slots, *room;
    if (s == NULL)
        return NULL;
    slots = (char **)(s + 1);
    room = (char *)(slots + count);
    s->sys = 0;
    s->options.argv = copy_list(&slots, &room, o->argv);
    s->options.env = copy_list(&slots, &room, env);
    s->options.cwd = o->cwd != NULL ? copy_text(&room, o->cwd) : NULL;
    memcpy(s->options.fds, o->fds, sizeof o->fds);
    s->options.held = o->held;
    s->options.signals = o->signals;
    return s;
}

/* The child must not run our handlers: it begins with every signal blocked. */
static int clone_child(neap_spawn *s, pid_t *pid, int *pidfd)
{
    uint64_t all = ~(uint64_t)0, old;
    int sys = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, MASK_SIZE);
    *pid = clone(child, s->stack + STACK, FLAGS, s, pidfd);
    if (*pid < 0)
        sys = errno;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, MASK_SIZE);
    return sys;
}

int neap_spawn_start(neap_spawn **out, pid_t *pid, int *pidfd,
                     const neap_spawn_options *options, neap_err *err)
{
    neap_spawn *s = spawn_new(options);
    int sys = s != NULL ? search(s->path, &s->options) : ENOMEM;
    if (sys == 0)
        sys = clone_child(s, pid, pidfd);
    if (sys == 0) {
        *out = s;
        return 0;
    }
    neap_spawn_free(s);
    return neap_spawn_error(err, sys, options);
}

int neap_spawn_outcome(const neap_spawn *s, neap_err *err)
{
    return s->sys != 0 ? neap_spawn_error(err, s->sys, &s->options) : 0;
}

void neap_spawn_free(neap_spawn *s)
{
    free(s);
}

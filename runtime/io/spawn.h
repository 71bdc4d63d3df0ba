/* SPDX-License-Identifier: MIT
 *
 * spawn: starts one program.
 *
 * Owns: clone, and what happens between it and execve. Refuses to know: what
 * becomes of the child. Uses: Linux 5.9 (clone with CLONE_PIDFD, close_range).
 *
 * The child shares our memory until its execve, so a start costs the same
 * under a heap of any size, and a failed execve is an error here, not an exit
 * code of the child. It is the leader of a session of its own; every signal
 * has its default action and none is blocked; descriptors 0, 1 and 2 are those
 * given and no other is open.
 */
#ifndef NEAP_IO_SPAWN_H
#define NEAP_IO_SPAWN_H

#include "base/err.h"

#include <sys/types.h>

#define NEAP_SPAWN_STACK 65536

typedef struct neap_spawn_options {
    char *const *argv; /* argv[0] is searched in PATH when it has no slash */
    char *const *env;  /* the whole environment; NULL = ours */
    const char *cwd;   /* NULL = ours */
    int fds[3];        /* each at least 3; they stay the caller's */
    void *stack;       /* NEAP_SPAWN_STACK bytes for the child */
} neap_spawn_options;

/* 0, or: not_found (program or directory), limit (processes, descriptors,
 * length of the arguments), invalid (not a program). `*pidfd` is owned by the
 * caller and close-on-exec. */
int neap_spawn(pid_t *pid, int *pidfd, const neap_spawn_options *options,
               neap_err *err);

/* Fill `err` for a start that failed with the errno `sys`; its code. */
int neap_spawn_error(neap_err *err, int sys, const neap_spawn_options *options);

#endif

/* SPDX-License-Identifier: MIT
 *
 * spawn: starts one program.
 *
 * Owns: clone, and what happens between it and execve. Refuses to know: what
 * becomes of the child. Uses: Linux 5.9 (clone with CLONE_PIDFD, close_range).
 *
 * The child shares our memory until its execve, so a start costs the same
 * under a heap of any size; and we do not wait for it, since the system reads
 * the program before it answers: 0.2 ms here, seconds on a cold disk. It is
 * the leader of a session of its own; the signals named by the caller have
 * their default action, and none is blocked; a Ctrl-C for our group is not for
 * it, however early; descriptors 0, 1 and 2 are those given and no other is
 * open.
 */
#ifndef NEAP_IO_SPAWN_H
#define NEAP_IO_SPAWN_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

typedef struct neap_spawn neap_spawn;

typedef struct neap_spawn_options {
    char *const *argv; /* argv[0] is searched in PATH when it has no slash */
    char *const *env;  /* the whole environment; NULL = ours */
    const char *cwd;   /* NULL = ours */
    int fds[3];        /* each at least 3; they stay the caller's */
    int held; /* stays open in the child until it is the program; -1: none */
    uint64_t signals; /* neap_spawn_signals: reset in the child */
} neap_spawn_options;

/* The signals with names that this process ignores or handles, bit n - 1 for
 * signal n: the program shall not ignore them, and no handler run in the child
 * before it is the program. It takes 31 system calls, so a caller asks once and
 * not for each start. */
uint64_t neap_spawn_signals(void);

/* 0, or what was seen before there was a child: not_found (no such program in
 * PATH), invalid (none that may be run), limit (processes, descriptors). The
 * options are copied; `*out` and `*pidfd`, which is close-on-exec, are the
 * caller's. */
int neap_spawn_start(neap_spawn **out, pid_t *pid, int *pidfd,
                     const neap_spawn_options *options, neap_err *err);

/* Once the pidfd has said that the child ended: 0, or why it never became the
 * program: not_found (program or directory), invalid (not a program), limit
 * (length of the arguments). */
int neap_spawn_outcome(const neap_spawn *spawn, neap_err *err);

/* Not before the child has ended: its stack is here. Fine with NULL. */
void neap_spawn_free(neap_spawn *spawn);

/* Fill `err` for a start that failed with the errno `sys`; its code. */
int neap_spawn_error(neap_err *err, int sys, const neap_spawn_options *options);

#endif

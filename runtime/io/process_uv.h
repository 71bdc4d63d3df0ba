/* SPDX-License-Identifier: MIT
 *
 * process_uv: a real child: its pidfd and pipes, watched by libuv.
 *
 * Owns: descriptors of the child, its reaping, the end of its group. Refuses
 * to know: how it was started (process_start.c). Uses: io/input, io/sweep,
 * libuv. No SIGCHLD handler: a pidfd says when it ended, often before a byte
 * of its output was read. */
#ifndef NEAP_IO_PROCESS_UV_H
#define NEAP_IO_PROCESS_UV_H

#include "io/input.h"
#include "io/loop_uv.h"
#include "io/process_base.h"

typedef struct neap_child {
    neap_process base;
    int pidfd;
    int fd[2];         /* our ends of stdout and stderr; -1 once closed */
    uv_poll_t poll[3]; /* stdout, stderr, pidfd */
    neap_input input;
    int open;   /* libuv handles whose close callback is to come */
    char *mark; /* owned: its NEAP_ATTEMPT, or NULL */
} neap_child;

extern const neap_process_ops neap_child__ops;

static inline neap_loop_uv_state *neap_child__world(neap_child *c)
{
    return (neap_loop_uv_state *)c->base.loop;
}

/* Take `fd` into poll `which`; 0 or a code of libuv. */
int neap_child__watch(neap_child *c, int which, int fd);
/* End the poll, close `*fd`; nothing when it is -1. The child is unreferenced
 * once the last poll is closed. */
void neap_child__unwatch(neap_child *c, int which, int *fd);

/* It runs: watch its pipes (polls 0 and 1) and its pidfd. On failure it is
 * killed and reaped. */
int neap_child__begin(neap_child *c, neap_err *err);

#endif

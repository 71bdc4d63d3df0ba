/* SPDX-License-Identifier: MIT
 *
 * process_uv: a real child: its pidfd and pipes, watched by the loop.
 *
 * Owns: descriptors of the child, its reaping, the end of its group. Refuses
 * to know: how it was started (process_start.c). Uses: io/input, io/poller,
 * io/sweep. No SIGCHLD handler: a pidfd says when it ended, often before a byte
 * of its output was read. */
#ifndef NEAP_IO_PROCESS_UV_H
#define NEAP_IO_PROCESS_UV_H

#include "io/input.h"
#include "io/loop_uv.h"
#include "io/process_base.h"
#include "io/spawn.h"

typedef struct neap_child {
    neap_process base;
    neap_spawn *spawn; /* owned; shared with a child that is no program yet */
    neap_err failed;   /* why it never became one */
    int pidfd;
    int fd[2]; /* our ends of stdout and stderr; -1 once closed */
    neap_poller_entry pipe[2], end;
    neap_timer fresh; /* runs until the pipes are watched */
    neap_input input;
    int64_t born; /* in neap_sweep_ticks; -1: between two of them */
    char *mark;   /* owned: its NEAP_ATTEMPT, or NULL */
} neap_child;

extern const neap_process_ops neap_child__ops;

static inline neap_loop_uv_state *neap_child__world(neap_child *c)
{
    return (neap_loop_uv_state *)c->base.loop;
}

/* It runs: watch its pidfd, and soon its pipes. On failure it is killed and
 * reaped, and nothing is open any more. */
int neap_child__begin(neap_child *c, neap_err *err);

#endif

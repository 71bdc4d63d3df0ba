/* SPDX-License-Identifier: MIT
 *
 * process_base: what processes of both worlds are made of; for process_uv.c
 * and sim/ only.
 *
 * Owns: capture of the output, the way to the end, its report. What differs is
 * in neap_process_ops. */
#ifndef NEAP_IO_PROCESS_BASE_H
#define NEAP_IO_PROCESS_BASE_H

#include "core/ladder.h"
#include "io/capture.h"
#include "io/process.h"
#include "io/timer.h"

typedef struct neap_process_ops {
    /* Send `signal` to the whole group. */
    void (*kill)(neap_process *process, int signal);
    /* Do what the ladder says: TERM and KILL are for the group; SWEEP is for
     * those who left it; REAP is to take the status, close everything, and
     * then neap_process__exit. */
    void (*act)(neap_process *process, neap_ladder_action action);
    int (*write)(neap_process *process, const char *bytes, size_t len,
                 neap_err *err);
    bool (*start_time)(neap_process *process, char out[32]);
    void (*close_stdin)(neap_process *process);
    void (*free)(neap_process *process);
} neap_process_ops;

struct neap_process {
    const neap_process_ops *ops;
    neap_loop *loop;
    neap_handle handle; /* on the loop until `exit` */
    neap_process_events events;
    void *ud;
    int refs;
    pid_t pid;
    int64_t started;
    char start_time[32]; /* empty until it was asked for */
    neap_ladder ladder;
    neap_timer timer; /* of the ladder's deadline */
    neap_process_facts facts;
    char *stopped; /* owned */
    neap_capture out[2];
};

/* The common part of new zeroed memory, with two references; on failure the
 * memory stays the caller's. */
int neap_process__init(neap_process *process, const neap_process_ops *ops,
                       neap_loop *loop, const neap_process_options *options,
                       const neap_process_events *events, void *ud,
                       neap_err *err);
/* Free what init took, when there is no process after all. */
void neap_process__deinit(neap_process *process);

/* Bytes of stream 1 or 2 came. */
void neap_process__output(neap_process *process, int stream, const char *bytes,
                          size_t len);
/* The leader is dead (and not yet reaped), its pipes are `drained` or not. May
 * be told again; the process may be freed by it. */
void neap_process__ended(neap_process *process, bool drained);
/* For reap: tell the last lines and the end, and leave the loop. */
void neap_process__exit(neap_process *process);

#endif

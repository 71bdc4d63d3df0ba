/* SPDX-License-Identifier: MIT
 *
 * worker: work that would block the loop, done beside it.
 *
 * Owns: two threads for each real loop, started by its first job, and the
 * queue before them. Refuses to know: what the work is. Uses: pthread, libuv
 * (uv_async; never libuv's own pool, which an editor shares with others).
 *
 * Jobs are begun in the order they were submitted and may end in any order. A
 * job under way keeps its loop running. In the simulated world `run` is called
 * by submit, and `done` from the loop's next turn.
 */
#ifndef NEAP_IO_WORKER_H
#define NEAP_IO_WORKER_H

#include "io/loop.h"

/* On a thread: touches nothing but `ud`. */
typedef void (*neap_worker_run)(void *ud);
/* From the loop, once. `alive` is false when the loop is being closed: then
 * free `ud` and tell nobody (the job may not have run). */
typedef void (*neap_worker_done)(void *ud, bool alive);

/* On failure neither is called. */
int neap_worker_submit(neap_loop *loop, neap_worker_run run,
                       neap_worker_done done, void *ud, neap_err *err);

#endif

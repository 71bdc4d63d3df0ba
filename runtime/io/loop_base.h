/* SPDX-License-Identifier: MIT
 *
 * loop_base: what the two worlds are made of; for loop_uv.c and sim/ only.
 *
 * Owns: the queue of deferred functions, the timers, the list of handles: the
 * same code in both worlds. What differs is in neap_loop_ops.
 */
#ifndef NEAP_IO_LOOP_BASE_H
#define NEAP_IO_LOOP_BASE_H

#include "base/rng.h"
#include "io/loop.h"
#include "io/process.h"
#include "io/timer.h"

#include <stdint.h>

typedef struct neap_loop_ops {
    int64_t (*now)(neap_loop *loop);
    int64_t (*wall)(neap_loop *loop);
    /* One turn; may wait for the world when `block`. False: nothing left. */
    bool (*turn)(neap_loop *loop, bool block);
    /* The next deadline, or whether anything is deferred, has changed. */
    void (*arm)(neap_loop *loop);
    int (*fd)(neap_loop *loop);
    int64_t (*timeout)(neap_loop *loop);
    struct uv_loop_s *(*uv)(neap_loop *loop);
    int (*spawn)(neap_process **out, neap_loop *loop,
                 const neap_process_options *options,
                 const neap_process_events *events, void *ud, neap_err *err);
    /* The last word: close what the world itself has open, free the loop. */
    void (*free)(neap_loop *loop);
} neap_loop_ops;

typedef struct neap_deferred {
    neap_loop_fn fn;
    void *ud;
} neap_deferred;

struct neap_loop {
    const neap_loop_ops *ops;
    neap_timerq timers; /* on the monotonic clock */
    neap_timerq alarms; /* on the wall clock */
    neap_timerq_list ready;
    neap_deferred *deferred; /* owned; a ring of `deferred_cap` */
    size_t deferred_at, deferred_count, deferred_cap;
    neap_handle handles; /* head of a circular list */
    size_t handle_count;
    neap_rng random;
    struct neap_worker *worker; /* owned; made for the first job */
    void *host;
    int held;         /* borrowed; -1: none */
    uint64_t signals; /* neap_spawn_signals; 0: the next process asks */
    bool busy, stopped, firing;
};

/* Prepare the common part of a loop whose memory is the caller's. */
void neap_loop__init(neap_loop *loop, const neap_loop_ops *ops, uint64_t seed);

/* Jobs that run are waited for, those that wait are not begun. */
void neap_worker__close(neap_loop *loop);
size_t neap_worker__under_way(const neap_loop *loop);

/* Run the functions deferred so far. */
void neap_loop__drain(neap_loop *loop);

/* Move every due timer and alarm to the ready list, then run that. True when
 * one ran. */
bool neap_loop__fire(neap_loop *loop);

/* Is a deferred function or a timer to come? */
bool neap_loop__waits(const neap_loop *loop);

#endif

/* SPDX-License-Identifier: MIT
 *
 * timer: one call at a time to come.
 *
 * Owns: which timer is next, and the order of those that are due. Refuses to
 * know: how a world waits (loop_uv.c: one uv_timer and one timerfd; sim: the
 * clock jumps). Uses: io/loop.
 *
 * Timers are one-shot. Those with equal deadlines fire in the order they were
 * started, and all that are due leave the queue before the first of them is
 * called: one that starts another for "now" cannot starve the loop.
 */
#ifndef NEAP_IO_TIMER_H
#define NEAP_IO_TIMER_H

#include "io/loop.h"

#include <stdint.h>

/* The caller's memory; `{0}` is a timer at rest. The fields are the queue's. */
typedef struct neap_timer {
    neap_loop *loop; /* borrowed; NULL at rest */
    double at;       /* deadline, on the clock of its queue */
    uint64_t order;
    size_t slot;             /* in the heap */
    struct neap_timer *prev; /* in the ready list */
    struct neap_timer *next;
    bool wall, ready;
    neap_loop_fn fn;
    void *ud;
} neap_timer;

/* A heap of timers; for the loop. */
typedef struct neap_timers {
    neap_timer **heap; /* owned; the timers are borrowed */
    size_t count, cap;
    uint64_t order;
} neap_timers;

/* Call fn(loop, ud) after `delay` seconds of the monotonic clock (negative
 * counts as zero); a running timer starts over. */
int neap_timer_start(neap_timer *timer, neap_loop *loop, double delay,
                     neap_loop_fn fn, void *ud, neap_err *err);

/* Call fn(loop, ud) when the wall clock has reached `at`, also when somebody
 * sets that clock, and in time after a suspend. */
int neap_timer_start_at(neap_timer *timer, neap_loop *loop, double at,
                        neap_loop_fn fn, void *ud, neap_err *err);

/* It will not be called; fine at rest, and from any callback. */
void neap_timer_stop(neap_timer *timer);

bool neap_timer_active(const neap_timer *timer);

#endif

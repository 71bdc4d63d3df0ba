/* SPDX-License-Identifier: MIT
 *
 * timer: one call at a time to come.
 *
 * Owns: which clock a deadline is on. Refuses to know: the order of those that
 * are due (core/timerq), and how a world waits (loop_uv.c: one uv_timer and
 * one timerfd; sim: the clock jumps). Uses: io/loop, core/timerq.
 *
 * Timers are one-shot. Those with equal deadlines fire in the order they were
 * started, and all that are due leave the queue before the first of them is
 * called: one that starts another for "now" cannot starve the loop. None is
 * called before its time.
 */
#ifndef NEAP_IO_TIMER_H
#define NEAP_IO_TIMER_H

#include "core/timerq.h"
#include "io/loop.h"

/* The caller's memory; `{0}` is a timer at rest. The fields are the loop's. */
typedef struct neap_timer {
    neap_timerq_entry entry; /* first: the queue gives it back */
    neap_loop *loop;         /* borrowed */
    neap_loop_fn fn;
    void *ud;
} neap_timer;

/* Call fn(loop, ud) after `delay` of the monotonic clock (negative counts as
 * zero); a running timer starts over. */
int neap_timer_start(neap_timer *timer, neap_loop *loop, int64_t delay,
                     neap_loop_fn fn, void *ud, neap_err *err);

/* Call fn(loop, ud) when the wall clock has reached `at`, also when somebody
 * sets that clock, and in time after a suspend. */
int neap_timer_start_at(neap_timer *timer, neap_loop *loop, int64_t at,
                        neap_loop_fn fn, void *ud, neap_err *err);

/* It will not be called; fine at rest, and from any callback. */
void neap_timer_stop(neap_timer *timer);

bool neap_timer_active(const neap_timer *timer);

#endif

/* SPDX-License-Identifier: MIT
 *
 * loop: one world: a clock, a queue of things to do soon, and what waits.
 *
 * Owns: the order in which callbacks run, and the list of what is open.
 * Refuses to know: Lua, runs, why anybody waits. Uses: base/err, libuv
 * (loop_uv.c).
 *
 * There are two worlds with this face: neap_loop_new gives the real one
 * (libuv), neap_sim_new (sim/loop.h) one with a virtual clock and scripted
 * processes. Whoever holds a `neap_loop *` cannot tell them apart.
 *
 * Times are whole nanoseconds, as in core/duration.
 *
 * The laws:
 *  1. Callbacks run from neap_loop_run or neap_loop_step, one after the other,
 *     never inside each other.
 *  2. Deferred functions run in the order in which they were deferred; those
 *     deferred by them run in the next turn.
 *  3. Timers: see io/timer.h. Processes: see io/process.h.
 *  4. neap_loop_close ends everything that is open; no callback comes after.
 */
#ifndef NEAP_IO_LOOP_H
#define NEAP_IO_LOOP_H

#include "base/err.h"
#include "core/duration.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct neap_loop neap_loop;
typedef void (*neap_loop_fn)(neap_loop *loop, void *ud);

/* Something open on a loop that must end with it: embed one in each noun that
 * owns a libuv handle, a thread or a process. */
typedef struct neap_handle {
    neap_loop *loop; /* borrowed; NULL when it is not open */
    struct neap_handle *prev, *next;
    void (*end)(struct neap_handle *handle); /* must end in handle_remove */
} neap_handle;

/* --- life ---------------------------------------------------------------- */

/* The real world. `*out` is owned by the caller until neap_loop_close. */
int neap_loop_new(neap_loop **out, neap_err *err);

/* End every handle (newest first), stop every timer, free the loop. Must not
 * be called from a callback (see neap_loop_busy). NULL is fine. */
void neap_loop_close(neap_loop *loop);

/* `end` is called once by neap_loop_close if the handle is still there. */
void neap_handle_add(neap_handle *handle, neap_loop *loop,
                     void (*end)(neap_handle *handle));
void neap_handle_remove(neap_handle *handle);

/* --- verbs --------------------------------------------------------------- */

/* Run callbacks until nothing is left to do (false) or stop (true when
 * something is left). */
bool neap_loop_run(neap_loop *loop);

/* One turn without blocking; true when something is left to do. The simulated
 * world runs what is due, and when nothing is, jumps to the next deadline. */
bool neap_loop_step(neap_loop *loop);

/* Make neap_loop_run return after the callback that is running. */
void neap_loop_stop(neap_loop *loop);

/* Call fn(loop, ud) soon, from the loop. */
int neap_loop_defer(neap_loop *loop, neap_loop_fn fn, void *ud, neap_err *err);

/* --- queries ------------------------------------------------------------- */

int64_t neap_loop_now(neap_loop *loop);     /* monotonic */
int64_t neap_loop_wall(neap_loop *loop);    /* since the epoch */
double neap_loop_random(neap_loop *loop);   /* 0 <= x < 1 */
bool neap_loop_busy(const neap_loop *loop); /* inside run or step */
/* What is open: handles, timers, deferred functions, jobs. */
size_t neap_loop_pending(const neap_loop *loop);

/* For hosts with a loop of their own: a descriptor that is readable when
 * neap_loop_step has something to do (-1: simulated), and how long to wait for
 * that before calling it anyway (NEAP_NEVER: for ever). */
int neap_loop_fd(neap_loop *loop);
int64_t neap_loop_timeout(neap_loop *loop);

/* The libuv loop below, borrowed; NULL in the simulated world. */
struct uv_loop_s *neap_loop_uv(neap_loop *loop);

/* A descriptor (borrowed; -1: none, the default) that each process has open
 * until it is its program: what is locked by it is locked while anybody is
 * still in our memory. */
void neap_loop_hold(neap_loop *loop, int fd);

/* One pointer for whoever made the loop. */
void neap_loop_set_host(neap_loop *loop, void *host);
void *neap_loop_host(const neap_loop *loop);

#endif

/* SPDX-License-Identifier: MIT
 *
 * breaker: may a request go out, after what the last ones came to?
 *
 * Owns: state, generation, counts, and the windows of the two rates. Refuses
 * to know: the clock (`now` is an argument, on any clock that only goes on)
 * and the request. Uses: core/duration.
 *
 *             consecutive_failures, failure_rate, slow_rate
 *        ┌────────┐ ─────────────────────────────────────▶ ┌──────┐
 *        │ closed │                                        │ open │
 *        └────────┘                                        └──────┘
 *             ▲                                   failure ▲   │ timeout,
 *             │ max_requests successes                    │   ▼ seen lazily
 *             │                                       ┌───────────┐
 *             └────────────────────────────────────── │ half-open │
 *                                                     └───────────┘
 *
 * The machine is the two-step breaker of sony/gobreaker v1.0.0. Every change
 * of state begins a generation and clears the counts, and so does the end of
 * an `interval` while closed. A token is the generation it was given in: the
 * result of an older one is ignored. A period has ended when `now` is strictly
 * after it. Nothing happens by itself: time is looked at by each call. The
 * first interval begins at 0 of the clock.
 *
 * Beyond the original: a cancelled request counts as never made, and gives its
 * place back; a deadline is a failure or a cancellation, by setting; and two
 * rates over a sliding window may open a closed breaker too, after any result.
 */
#ifndef NEAP_CORE_BREAKER_H
#define NEAP_CORE_BREAKER_H

#include "core/duration.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum neap_breaker_state {
    NEAP_BREAKER_CLOSED,
    NEAP_BREAKER_HALF_OPEN,
    NEAP_BREAKER_OPEN,
} neap_breaker_state;

typedef enum neap_breaker_answer {
    NEAP_BREAKER_GO,
    NEAP_BREAKER_IS_OPEN,  /* wait for `timeout` */
    NEAP_BREAKER_TOO_MANY, /* half-open, and all its probes are out */
} neap_breaker_answer;

typedef enum neap_breaker_outcome {
    NEAP_BREAKER_SUCCESS,
    NEAP_BREAKER_FAILURE,
    NEAP_BREAKER_DEADLINE, /* its time ran out; see deadline_counts */
    NEAP_BREAKER_CANCELLED,
} neap_breaker_outcome;

typedef struct neap_breaker_options {
    uint32_t consecutive_failures; /* opens at so many; 0: at the first */
    uint32_t max_requests;         /* half-open: sent, and needed; 0: 1 */
    int64_t timeout;               /* how long it is open; <= 0: 60 s */
    int64_t interval;              /* closed: counts are cleared; <= 0: never */
    bool deadline_counts;
    double failure_rate; /* 0 to 1, opens at or above; 0: not looked at */
    double slow_rate;    /* the same, of calls that took > slow_call */
    int64_t slow_call;
    uint32_t minimum_requests; /* results in the window before rates count */
    int64_t window; /* its length, slid in steps of 1/60; <= 0: 60 s */
} neap_breaker_options;

#define NEAP_BREAKER_OPTIONS_INIT                                              \
    {                                                                          \
        5, 3, 30 * NEAP_SECOND, 0, true, 0, 0, 60 * NEAP_SECOND, 10,           \
            60 * NEAP_SECOND                                                   \
    }

typedef struct neap_breaker_counts {
    uint32_t requests, successes, failures;
    uint32_t consecutive_successes, consecutive_failures;
} neap_breaker_counts;

#define NEAP_BREAKER_SLICES 60

typedef struct neap_breaker_slice {
    uint32_t results, failures, slow;
} neap_breaker_slice;

typedef struct neap_breaker {
    neap_breaker_options options;
    neap_breaker_state state;
    uint64_t generation;
    int64_t expiry; /* of the open state or the interval, or NEAP_NEVER */
    neap_breaker_counts counts;
    int64_t newest;           /* number of the latest slice, -1: none yet */
    neap_breaker_slice total; /* of all slices below */
    neap_breaker_slice slices[NEAP_BREAKER_SLICES];
} neap_breaker;

/* Zeroes in `options` mean what is written beside them. */
void neap_breaker_init(neap_breaker *b, const neap_breaker_options *options);

/* May a request go out? If so it is counted, and `token` is set. */
neap_breaker_answer neap_breaker_allow(uint64_t *token, neap_breaker *b,
                                       int64_t now);
/* The request of `token` ended. `duration` is read only for slow_rate. */
void neap_breaker_done(neap_breaker *b, uint64_t token,
                       neap_breaker_outcome outcome, int64_t now,
                       int64_t duration);

/* The state at `now`: an open breaker whose timeout is over is half-open. */
neap_breaker_state neap_breaker_at(neap_breaker *b, int64_t now);
/* The counts of the generation at `now`. */
neap_breaker_counts neap_breaker_count(neap_breaker *b, int64_t now);

/* "closed", "half-open", "open"; borrowed for ever. */
const char *neap_breaker_name(neap_breaker_state state);

#endif

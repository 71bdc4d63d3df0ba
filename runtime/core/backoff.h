/* SPDX-License-Identifier: MIT
 *
 * backoff: how long to wait before the next attempt.
 *
 * Owns: the interval that grows, and the generator of its jitter. Refuses to
 * know: the clock (`elapsed` is an argument) and what failed. Uses: base/rng,
 * core/duration.
 *
 * The machine is ExponentialBackOff of cenkalti/backoff v4.3.0. One step:
 *
 *   delay    = jitter(interval), but never above `max`
 *   interval = max                      when interval >= max / multiplier
 *            = interval * multiplier    else, cut to whole nanoseconds
 *   stop when max_elapsed != 0 and elapsed + delay > max_elapsed
 *
 * The interval grows before the test, so it grows on a stop too. Beyond the
 * original: the delay, not only the interval, is capped; the generator is
 * seeded; there are jitters but the proportional one; and `attempts` is
 * counted here (as its WithMaxRetries of attempts - 1 does).
 */
#ifndef NEAP_CORE_BACKOFF_H
#define NEAP_CORE_BACKOFF_H

#include "base/rng.h"
#include "core/duration.h"

#include <stdint.h>

#define NEAP_BACKOFF_STOP INT64_C(-1)

/* d is the interval, at most `max` (of the proportional one as it is, should
 * `initial` be above `max`); U is uniform, both ends included. */
typedef enum neap_backoff_jitter {
    NEAP_BACKOFF_PROPORTIONAL, /* U(d - f*d, d + f*d); f = 0 draws nothing */
    NEAP_BACKOFF_NONE,         /* d */
    NEAP_BACKOFF_EQUAL,        /* d/2 + U(0, d/2) */
    NEAP_BACKOFF_FULL,         /* U(0, d) */
    NEAP_BACKOFF_DECORRELATED, /* U(initial, 3 * last delay); no multiplier */
} neap_backoff_jitter;

typedef struct neap_backoff_options {
    int64_t initial;     /* the first interval */
    int64_t max;         /* the cap; 0: never wait */
    int64_t max_elapsed; /* 0: time never stops it */
    double multiplier;
    double factor;     /* f of the proportional jitter, 0 to 1 */
    uint32_t attempts; /* the current one included; 0: no bound */
    neap_backoff_jitter jitter;
    uint64_t seed;
} neap_backoff_options;

/* The original's: 500 ms, ×1.5, cap 60 s, 15 min in all, f = 0.5. */
#define NEAP_BACKOFF_OPTIONS_INIT                                              \
    {                                                                          \
        500 * NEAP_MILLISECOND, 60 * NEAP_SECOND, 900 * NEAP_SECOND, 1.5, 0.5, \
            0, NEAP_BACKOFF_PROPORTIONAL, 0                                    \
    }

typedef struct neap_backoff {
    neap_backoff_options options;
    int64_t interval; /* decorrelated: the last delay */
    uint32_t attempt; /* the current one, from 1 */
    neap_rng rng;
} neap_backoff;

void neap_backoff_init(neap_backoff *b, const neap_backoff_options *options);
/* As new, but the generator goes on: no two rounds are alike. */
void neap_backoff_reset(neap_backoff *b);
/* The current attempt failed, `elapsed` after the first began: the delay
 * before the next, or NEAP_BACKOFF_STOP when there is none. */
int64_t neap_backoff_next(neap_backoff *b, int64_t elapsed);

#endif

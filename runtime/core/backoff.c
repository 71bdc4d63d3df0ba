/* SPDX-License-Identifier: MIT
 *
 * backoff: see backoff.h. */
#include "core/backoff.h"

void neap_backoff_init(neap_backoff *b, const neap_backoff_options *options)
{
    b->options = *options;
    neap_rng_init(&b->rng, options->seed);
    neap_backoff_reset(b);
}

void neap_backoff_reset(neap_backoff *b)
{
    b->interval = b->options.initial;
    b->attempt = 1;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Whole nanoseconds, and never above `max`. */
static int64_t whole(double ns, int64_t max)
{
    return ns >= (double)max ? max : (int64_t)ns;
}

/* A whole number from `low` to `high`, each as likely: hence the 1. */
static int64_t between(neap_backoff *b, double low, double high)
{
    double at = low + neap_rng_unit(&b->rng) * (high - low + 1);
    return whole(at, whole(high, b->options.max));
}

static int64_t jittered(neap_backoff *b)
{
    const neap_backoff_options *o = &b->options;
    int64_t capped = least(b->interval, o->max);
    double d = (double)b->interval, half = (double)(capped / 2);
    switch (o->jitter) {
    case NEAP_BACKOFF_PROPORTIONAL:
        if (o->factor == 0)
            return capped;
        return between(b, d - o->factor * d, d + o->factor * d);
    case NEAP_BACKOFF_EQUAL:
        return capped - capped / 2 + between(b, 0, half);
    case NEAP_BACKOFF_FULL:
        return between(b, 0, (double)capped);
    case NEAP_BACKOFF_DECORRELATED:
        return between(b, (double)o->initial, 3 * d);
    case NEAP_BACKOFF_NONE:
        break;
    }
    return capped;
}

static int64_t grown(const neap_backoff *b, int64_t delay)
{
    const neap_backoff_options *o = &b->options;
    double interval = (double)b->interval;
    if (o->jitter == NEAP_BACKOFF_DECORRELATED)
        return delay;
    if (interval >= (double)o->max / o->multiplier)
        return o->max;
    return (int64_t)(interval * o->multiplier);
}

int64_t neap_backoff_next(neap_backoff *b, int64_t elapsed)
{
    const neap_backoff_options *o = &b->options;
    int64_t delay;
    if (o->attempts > 0 && b->attempt >= o->attempts)
        return NEAP_BACKOFF_STOP;
    b->attempt++;
    delay = jittered(b);
    b->interval = grown(b, delay);
    if (o->max_elapsed != 0 &&
        neap_duration_add(elapsed, delay) > o->max_elapsed)
        return NEAP_BACKOFF_STOP;
    return delay;
}

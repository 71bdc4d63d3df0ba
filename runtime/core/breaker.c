/* SPDX-License-Identifier: MIT
 *
 * breaker: see breaker.h. */
#include "core/breaker.h"

#include <string.h>

const char *neap_breaker_name(neap_breaker_state state)
{
    static const char *const names[] = {"closed", "half-open", "open"};
    return names[state];
}

static void begin_generation(neap_breaker *b, int64_t now)
{
    b->generation++;
    b->counts = (neap_breaker_counts){0};
    b->expiry = NEAP_NEVER;
    if (b->state == NEAP_BREAKER_OPEN)
        b->expiry = neap_duration_add(now, b->options.timeout);
    else if (b->state == NEAP_BREAKER_CLOSED && b->options.interval > 0)
        b->expiry = neap_duration_add(now, b->options.interval);
}

static void clear_window(neap_breaker *b)
{
    if (b->newest < 0)
        return;
    b->newest = -1;
    b->total = (neap_breaker_slice){0};
    memset(b->slices, 0, sizeof b->slices);
}

static void enter(neap_breaker *b, neap_breaker_state state, int64_t now)
{
    b->state = state;
    begin_generation(b, now);
    clear_window(b);
}

void neap_breaker_init(neap_breaker *b, const neap_breaker_options *options)
{
    memset(b, 0, sizeof *b);
    b->options = *options;
    b->newest = -1;
    if (b->options.max_requests == 0)
        b->options.max_requests = 1;
    if (b->options.timeout <= 0)
        b->options.timeout = 60 * NEAP_SECOND;
    if (b->options.window <= 0)
        b->options.window = 60 * NEAP_SECOND;
    begin_generation(b, 0);
}

neap_breaker_state neap_breaker_at(neap_breaker *b, int64_t now)
{
    if (b->expiry < now) {
        if (b->state == NEAP_BREAKER_OPEN)
            enter(b, NEAP_BREAKER_HALF_OPEN, now);
        else
            begin_generation(b, now);
    }
    return b->state;
}

neap_breaker_counts neap_breaker_count(neap_breaker *b, int64_t now)
{
    neap_breaker_at(b, now);
    return b->counts;
}

neap_breaker_answer neap_breaker_allow(uint64_t *token, neap_breaker *b,
                                       int64_t now)
{
    neap_breaker_state state = neap_breaker_at(b, now);
    if (state == NEAP_BREAKER_OPEN)
        return NEAP_BREAKER_IS_OPEN;
    if (state == NEAP_BREAKER_HALF_OPEN &&
        b->counts.requests >= b->options.max_requests)
        return NEAP_BREAKER_TOO_MANY;
    b->counts.requests++;
    *token = b->generation;
    return NEAP_BREAKER_GO;
}

/* Forget the slices that slid out of the window which ends in `slice`. */
static void slide(neap_breaker *b, int64_t slice)
{
    int64_t gone = slice - b->newest;
    if (b->newest >= 0 && gone < NEAP_BREAKER_SLICES) {
        for (int64_t i = b->newest + 1; i <= slice; i++) {
            neap_breaker_slice *old = &b->slices[i % NEAP_BREAKER_SLICES];
            b->total.results -= old->results;
            b->total.failures -= old->failures;
            b->total.slow -= old->slow;
            *old = (neap_breaker_slice){0};
        }
    } else {
        clear_window(b);
    }
    b->newest = slice;
}

static void add(neap_breaker_slice *to, bool failed, bool slow)
{
    to->results++;
    to->failures += failed;
    to->slow += slow;
}

/* Note a result; do the rates say that the breaker should open? */
static bool rates_open(neap_breaker *b, bool failed, bool slow, int64_t now)
{
    const neap_breaker_options *o = &b->options;
    int64_t step = o->window / NEAP_BREAKER_SLICES;
    int64_t slice = now < 0 ? 0 : now / (step > 0 ? step : 1);
    if (o->failure_rate <= 0 && o->slow_rate <= 0)
        return false;
    if (slice > b->newest)
        slide(b, slice);
    add(&b->slices[b->newest % NEAP_BREAKER_SLICES], failed, slow);
    add(&b->total, failed, slow);
    if (b->total.results < o->minimum_requests)
        return false;
    return (o->failure_rate > 0 &&
            b->total.failures >= o->failure_rate * b->total.results) ||
           (o->slow_rate > 0 &&
            b->total.slow >= o->slow_rate * b->total.results);
}

static void count_result(neap_breaker_counts *c, bool failed)
{
    if (failed) {
        c->failures++;
        c->consecutive_failures++;
        c->consecutive_successes = 0;
    } else {
        c->successes++;
        c->consecutive_successes++;
        c->consecutive_failures = 0;
    }
}

static void result_closed(neap_breaker *b, bool failed, bool slow, int64_t now)
{
    bool rates = rates_open(b, failed, slow, now);
    count_result(&b->counts, failed);
    if (rates || (failed && b->counts.consecutive_failures >=
                                b->options.consecutive_failures))
        enter(b, NEAP_BREAKER_OPEN, now);
}

static void result_half_open(neap_breaker *b, bool failed, int64_t now)
{
    if (failed) {
        enter(b, NEAP_BREAKER_OPEN, now);
        return;
    }
    count_result(&b->counts, false);
    if (b->counts.consecutive_successes >= b->options.max_requests)
        enter(b, NEAP_BREAKER_CLOSED, now);
}

void neap_breaker_done(neap_breaker *b, uint64_t token,
                       neap_breaker_outcome outcome, int64_t now,
                       int64_t duration)
{
    const neap_breaker_options *o = &b->options;
    neap_breaker_state state = neap_breaker_at(b, now);
    bool slow = o->slow_rate > 0 && duration > o->slow_call;
    bool failed = outcome != NEAP_BREAKER_SUCCESS;
    if (token != b->generation)
        return;
    if (outcome == NEAP_BREAKER_CANCELLED ||
        (outcome == NEAP_BREAKER_DEADLINE && !o->deadline_counts)) {
        if (b->counts.requests > 0)
            b->counts.requests--;
        return;
    }
    if (state == NEAP_BREAKER_CLOSED)
        result_closed(b, failed, slow, now);
    else if (state == NEAP_BREAKER_HALF_OPEN)
        result_half_open(b, failed || slow, now);
}

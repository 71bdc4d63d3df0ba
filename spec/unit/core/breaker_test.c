/* SPDX-License-Identifier: MIT
 *
 * breaker: the machine of sony/gobreaker v1.0.0, edge by edge, and what neap
 * adds. Times are in seconds here. */
#include "unit.h"

#include "core/breaker.h"

#define S NEAP_SECOND

static neap_breaker make(const neap_breaker_options *options)
{
    static const neap_breaker_options defaults = NEAP_BREAKER_OPTIONS_INIT;
    neap_breaker b;
    neap_breaker_init(&b, options != NULL ? options : &defaults);
    return b;
}

static uint64_t allowed(neap_breaker *b, int64_t now)
{
    uint64_t token = 0;
    assert_int_equal(neap_breaker_allow(&token, b, now), NEAP_BREAKER_GO);
    return token;
}

static void refused(neap_breaker *b, int64_t now, neap_breaker_answer answer)
{
    uint64_t token;
    assert_int_equal(neap_breaker_allow(&token, b, now), answer);
}

static void call(neap_breaker *b, int64_t now, neap_breaker_outcome outcome)
{
    neap_breaker_done(b, allowed(b, now), outcome, now, 0);
}

static void repeat(neap_breaker *b, int times, int64_t now,
                   neap_breaker_outcome outcome)
{
    while (times-- > 0)
        call(b, now, outcome);
}

static void succeeds(neap_breaker *b, int64_t now)
{
    call(b, now, NEAP_BREAKER_SUCCESS);
}

static void fails(neap_breaker *b, int64_t now)
{
    call(b, now, NEAP_BREAKER_FAILURE);
}

static void expect(neap_breaker *b, int64_t now, neap_breaker_state state,
                   uint32_t requests, uint32_t successes, uint32_t failures,
                   uint32_t successes_in_row, uint32_t failures_in_row)
{
    neap_breaker_counts c;
    assert_int_equal(neap_breaker_at(b, now), state);
    c = neap_breaker_count(b, now);
    assert_int_equal(c.requests, requests);
    assert_int_equal(c.successes, successes);
    assert_int_equal(c.failures, failures);
    assert_int_equal(c.consecutive_successes, successes_in_row);
    assert_int_equal(c.consecutive_failures, failures_in_row);
}

/* The original's own walk: its settings are 6 failures, 1 probe, 60 s. */
static void the_walk_of_the_default_breaker(void **state)
{
    neap_breaker_options o = {.consecutive_failures = 6}; /* zeroes else */
    neap_breaker b = make(&o);
    (void)state;
    expect(&b, 0, NEAP_BREAKER_CLOSED, 0, 0, 0, 0, 0);
    repeat(&b, 5, 0, NEAP_BREAKER_FAILURE);
    expect(&b, 0, NEAP_BREAKER_CLOSED, 5, 0, 5, 0, 5);
    succeeds(&b, 0);
    expect(&b, 0, NEAP_BREAKER_CLOSED, 6, 1, 5, 1, 0);
    fails(&b, 0);
    expect(&b, 0, NEAP_BREAKER_CLOSED, 7, 1, 6, 0, 1);
    repeat(&b, 5, 0, NEAP_BREAKER_FAILURE); /* closed -> open */
    expect(&b, 0, NEAP_BREAKER_OPEN, 0, 0, 0, 0, 0);
    refused(&b, 0, NEAP_BREAKER_IS_OPEN);
    expect(&b, 59 * S, NEAP_BREAKER_OPEN, 0, 0, 0, 0, 0);
    expect(&b, 60 * S, NEAP_BREAKER_OPEN, 0, 0, 0, 0, 0); /* strictly */
    expect(&b, 60 * S + 1, NEAP_BREAKER_HALF_OPEN, 0, 0, 0, 0, 0);
    fails(&b, 61 * S); /* half-open -> open */
    expect(&b, 61 * S, NEAP_BREAKER_OPEN, 0, 0, 0, 0, 0);
    refused(&b, 121 * S, NEAP_BREAKER_IS_OPEN);
    succeeds(&b, 121 * S + 1); /* one probe is enough: -> closed */
    expect(&b, 121 * S + 1, NEAP_BREAKER_CLOSED, 0, 0, 0, 0, 0);
}

static void our_defaults_are_5_failures_30_s_3_probes(void **state)
{
    neap_breaker b = make(NULL);
    (void)state;
    repeat(&b, 4, 0, NEAP_BREAKER_FAILURE);
    expect(&b, 1000 * S, NEAP_BREAKER_CLOSED, 4, 0, 4, 0, 4); /* no interval */
    fails(&b, 1000 * S);
    expect(&b, 1030 * S, NEAP_BREAKER_OPEN, 0, 0, 0, 0, 0);
    expect(&b, 1031 * S, NEAP_BREAKER_HALF_OPEN, 0, 0, 0, 0, 0);
    repeat(&b, 2, 1031 * S, NEAP_BREAKER_SUCCESS);
    expect(&b, 1031 * S, NEAP_BREAKER_HALF_OPEN, 2, 2, 0, 2, 0);
    succeeds(&b, 1031 * S);
    expect(&b, 1031 * S, NEAP_BREAKER_CLOSED, 0, 0, 0, 0, 0);
}

static neap_breaker half_open(const neap_breaker_options *options)
{
    neap_breaker b = make(options);
    repeat(&b, 5, 0, NEAP_BREAKER_FAILURE);
    expect(&b, 31 * S, NEAP_BREAKER_HALF_OPEN, 0, 0, 0, 0, 0);
    return b;
}

static void half_open_lets_max_requests_out_and_no_more(void **state)
{
    neap_breaker b = half_open(NULL);
    uint64_t one = allowed(&b, 31 * S), two = allowed(&b, 31 * S);
    uint64_t three = allowed(&b, 31 * S);
    (void)state;
    refused(&b, 31 * S, NEAP_BREAKER_TOO_MANY);
    neap_breaker_done(&b, one, NEAP_BREAKER_SUCCESS, 32 * S, 0);
    refused(&b, 32 * S, NEAP_BREAKER_TOO_MANY); /* a success frees none */
    expect(&b, 32 * S, NEAP_BREAKER_HALF_OPEN, 3, 1, 0, 1, 0);
    neap_breaker_done(&b, two, NEAP_BREAKER_FAILURE, 33 * S, 0);
    expect(&b, 33 * S, NEAP_BREAKER_OPEN, 0, 0, 0, 0, 0);
    /* The third belongs to a generation that is gone. */
    neap_breaker_done(&b, three, NEAP_BREAKER_SUCCESS, 33 * S, 0);
    expect(&b, 63 * S, NEAP_BREAKER_OPEN, 0, 0, 0, 0, 0);
    expect(&b, 63 * S + 1, NEAP_BREAKER_HALF_OPEN, 0, 0, 0, 0, 0);
}

static void late_results_are_ignored(void **state)
{
    neap_breaker b = make(NULL);
    uint64_t early = allowed(&b, 0);
    (void)state;
    repeat(&b, 5, 0, NEAP_BREAKER_FAILURE);
    neap_breaker_done(&b, early, NEAP_BREAKER_FAILURE, 20 * S, 0);
    expect(&b, 30 * S, NEAP_BREAKER_OPEN, 0, 0, 0, 0, 0);
    neap_breaker_done(&b, early, NEAP_BREAKER_FAILURE, 31 * S, 0);
    expect(&b, 31 * S, NEAP_BREAKER_HALF_OPEN, 0, 0, 0, 0, 0);
}

static void an_interval_clears_the_counts_of_a_closed_breaker(void **state)
{
    neap_breaker_options o = NEAP_BREAKER_OPTIONS_INIT;
    neap_breaker b;
    uint64_t token;
    (void)state;
    o.interval = 30 * S;
    b = make(&o);
    repeat(&b, 4, 29 * S, NEAP_BREAKER_FAILURE);
    token = allowed(&b, 30 * S);
    expect(&b, 30 * S, NEAP_BREAKER_CLOSED, 5, 0, 4, 0, 4);
    expect(&b, 30 * S + 1, NEAP_BREAKER_CLOSED, 0, 0, 0, 0, 0);
    neap_breaker_done(&b, token, NEAP_BREAKER_FAILURE, 31 * S, 0);
    expect(&b, 31 * S, NEAP_BREAKER_CLOSED, 0, 0, 0, 0, 0);
    /* The next period began when the end of the first was seen. */
    fails(&b, 60 * S);
    expect(&b, 60 * S + 1, NEAP_BREAKER_CLOSED, 1, 0, 1, 0, 1);
    expect(&b, 60 * S + 2, NEAP_BREAKER_CLOSED, 0, 0, 0, 0, 0);
    /* Half-open has no period. */
    repeat(&b, 5, 61 * S, NEAP_BREAKER_FAILURE);
    succeeds(&b, 92 * S);
    expect(&b, 1000 * S, NEAP_BREAKER_HALF_OPEN, 1, 1, 0, 1, 0);
}

static void a_cancelled_request_was_never_made(void **state)
{
    neap_breaker b = make(NULL);
    uint64_t token;
    (void)state;
    repeat(&b, 4, 0, NEAP_BREAKER_FAILURE);
    call(&b, 0, NEAP_BREAKER_CANCELLED);
    expect(&b, 0, NEAP_BREAKER_CLOSED, 4, 0, 4, 0, 4);
    fails(&b, 0);
    token = allowed(&b, 31 * S);
    allowed(&b, 31 * S);
    allowed(&b, 31 * S);
    refused(&b, 31 * S, NEAP_BREAKER_TOO_MANY);
    neap_breaker_done(&b, token, NEAP_BREAKER_CANCELLED, 31 * S, 0);
    expect(&b, 31 * S, NEAP_BREAKER_HALF_OPEN, 2, 0, 0, 0, 0);
    allowed(&b, 31 * S); /* its place is free again */
    refused(&b, 31 * S, NEAP_BREAKER_TOO_MANY);
}

static void whether_a_deadline_counts_is_a_setting(void **state)
{
    neap_breaker_options o = NEAP_BREAKER_OPTIONS_INIT;
    neap_breaker b = make(&o);
    (void)state;
    call(&b, 0, NEAP_BREAKER_DEADLINE);
    expect(&b, 0, NEAP_BREAKER_CLOSED, 1, 0, 1, 0, 1);
    o.deadline_counts = false;
    b = make(&o);
    call(&b, 0, NEAP_BREAKER_DEADLINE);
    expect(&b, 0, NEAP_BREAKER_CLOSED, 0, 0, 0, 0, 0);
}

static void a_failure_rate_opens_it(void **state)
{
    neap_breaker_options o = NEAP_BREAKER_OPTIONS_INIT;
    neap_breaker b;
    (void)state;
    o.consecutive_failures = UINT32_MAX;
    o.failure_rate = 0.5;
    o.minimum_requests = 4;
    b = make(&o);
    repeat(&b, 3, 0, NEAP_BREAKER_FAILURE); /* too few to judge */
    expect(&b, 0, NEAP_BREAKER_CLOSED, 3, 0, 3, 0, 3);
    succeeds(&b, 0); /* enough now: 3 of 4 */
    expect(&b, 0, NEAP_BREAKER_OPEN, 0, 0, 0, 0, 0);
    b = make(&o);
    repeat(&b, 4, 0, NEAP_BREAKER_SUCCESS);
    repeat(&b, 3, S, NEAP_BREAKER_FAILURE); /* 3 of 7 */
    expect(&b, S, NEAP_BREAKER_CLOSED, 7, 4, 3, 0, 3);
    fails(&b, S); /* 4 of 8 */
    expect(&b, S, NEAP_BREAKER_OPEN, 0, 0, 0, 0, 0);
    repeat(&b, 3, 32 * S, NEAP_BREAKER_SUCCESS);
    repeat(&b, 3, 32 * S, NEAP_BREAKER_FAILURE); /* the window is new too */
    expect(&b, 32 * S, NEAP_BREAKER_CLOSED, 3, 0, 3, 0, 3);
}

static void the_window_slides(void **state)
{
    neap_breaker_options o = NEAP_BREAKER_OPTIONS_INIT;
    neap_breaker b;
    (void)state;
    o.consecutive_failures = UINT32_MAX;
    o.failure_rate = 0.75;
    o.minimum_requests = 4;
    b = make(&o); /* 60 s in steps of 1 s */
    succeeds(&b, 0);
    succeeds(&b, 30 * S);
    repeat(&b, 3, 59 * S, NEAP_BREAKER_FAILURE); /* 3 of 5 */
    expect(&b, 59 * S, NEAP_BREAKER_CLOSED, 5, 2, 3, 0, 3);
    fails(&b, 59 * S); /* 4 of 6 */
    expect(&b, 59 * S, NEAP_BREAKER_CLOSED, 6, 2, 4, 0, 4);
    succeeds(&b, 60 * S); /* the first went, this came: 4 of 6 */
    expect(&b, 89 * S, NEAP_BREAKER_CLOSED, 7, 3, 4, 1, 0);
    fails(&b, 90 * S); /* the second went: 5 of 6 */
    expect(&b, 90 * S, NEAP_BREAKER_OPEN, 0, 0, 0, 0, 0);
    b = make(&o);
    repeat(&b, 3, 0, NEAP_BREAKER_FAILURE);
    fails(&b, 1000 * S); /* all else is long gone: too few */
    expect(&b, 1000 * S, NEAP_BREAKER_CLOSED, 4, 0, 4, 0, 4);
}

static void slow_calls_open_it_though_they_succeed(void **state)
{
    neap_breaker_options o = NEAP_BREAKER_OPTIONS_INIT;
    neap_breaker b;
    uint64_t token;
    (void)state;
    o.slow_rate = 1;
    o.slow_call = 2 * S;
    o.minimum_requests = 2;
    b = make(&o);
    neap_breaker_done(&b, allowed(&b, 0), NEAP_BREAKER_SUCCESS, 0, 2 * S);
    neap_breaker_done(&b, allowed(&b, 0), NEAP_BREAKER_SUCCESS, 0, 9 * S);
    expect(&b, 0, NEAP_BREAKER_CLOSED, 2, 2, 0, 2, 0); /* 2 s is not slow */
    b = make(&o);
    neap_breaker_done(&b, allowed(&b, 0), NEAP_BREAKER_SUCCESS, 0, 2 * S + 1);
    neap_breaker_done(&b, allowed(&b, 0), NEAP_BREAKER_SUCCESS, 0, 2 * S + 1);
    expect(&b, 0, NEAP_BREAKER_OPEN, 0, 0, 0, 0, 0);
    token = allowed(&b, 31 * S); /* a slow probe proves nothing good */
    neap_breaker_done(&b, token, NEAP_BREAKER_SUCCESS, 34 * S, 3 * S);
    expect(&b, 34 * S, NEAP_BREAKER_OPEN, 0, 0, 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_walk_of_the_default_breaker),
        cmocka_unit_test(our_defaults_are_5_failures_30_s_3_probes),
        cmocka_unit_test(half_open_lets_max_requests_out_and_no_more),
        cmocka_unit_test(late_results_are_ignored),
        cmocka_unit_test(an_interval_clears_the_counts_of_a_closed_breaker),
        cmocka_unit_test(a_cancelled_request_was_never_made),
        cmocka_unit_test(whether_a_deadline_counts_is_a_setting),
        cmocka_unit_test(a_failure_rate_opens_it),
        cmocka_unit_test(the_window_slides),
        cmocka_unit_test(slow_calls_open_it_though_they_succeed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * backoff: the tables of cenkalti/backoff v4.3.0, and each jitter's formula. */
#include "unit.h"

#include "core/backoff.h"

#include <stdbool.h>

#define MS NEAP_MILLISECOND

static neap_backoff_options options(neap_backoff_jitter jitter)
{
    neap_backoff_options o = NEAP_BACKOFF_OPTIONS_INIT;
    o.initial = 500 * MS;
    o.max = 5000 * MS;
    o.multiplier = 2;
    o.jitter = jitter;
    o.seed = 1;
    return o;
}

static const int64_t table[] = {500,  1000, 2000, 4000, 5000,
                                5000, 5000, 5000, 5000, 5000};
#define ROWS (sizeof table / sizeof *table)

static void the_interval_doubles_up_to_the_cap(void **state)
{
    neap_backoff_options o = options(NEAP_BACKOFF_NONE);
    neap_backoff b;
    (void)state;
    neap_backoff_init(&b, &o);
    for (size_t i = 0; i < ROWS; i++)
        assert_int_equal(neap_backoff_next(&b, 0), table[i] * MS);
    neap_backoff_reset(&b);
    assert_int_equal(neap_backoff_next(&b, 0), table[0] * MS);
}

/* The documented sequence of the defaults, cut to whole nanoseconds. */
static void the_defaults_are_the_originals(void **state)
{
    static const int64_t ns[] = {
        500000000,   750000000,   1125000000,  1687500000,  2531250000,
        3796875000,  5695312500,  8542968750,  12814453125, 19221679687,
        28832519530, 43248779295, 60000000000, 60000000000};
    neap_backoff_options o = NEAP_BACKOFF_OPTIONS_INIT;
    neap_backoff b;
    (void)state;
    assert_int_equal(o.max_elapsed, 900 * NEAP_SECOND);
    assert_true(o.factor == 0.5);
    o.factor = 0; /* draws nothing */
    neap_backoff_init(&b, &o);
    for (size_t i = 0; i < sizeof ns / sizeof *ns; i++)
        assert_int_equal(neap_backoff_next(&b, 0), ns[i]);
}

/* Each delay lies in its bounds, comes near both, and never tops the cap. */
static void bounds(neap_backoff_jitter jitter, double low, double high)
{
    neap_backoff_options o = options(jitter);
    neap_backoff b;
    for (size_t i = 0; i < ROWS; i++) {
        int64_t from = (int64_t)((double)table[i] * low * (double)MS);
        int64_t to = (int64_t)((double)table[i] * high * (double)MS);
        int64_t least = INT64_MAX, most = 0;
        to = to < o.max ? to : o.max;
        neap_backoff_init(&b, &o);
        for (int round = 0; round < 400; round++) {
            int64_t delay = 0;
            neap_backoff_reset(&b);
            for (size_t k = 0; k <= i; k++)
                delay = neap_backoff_next(&b, 0);
            assert_in_range(delay, from, to);
            least = delay < least ? delay : least;
            most = delay > most ? delay : most;
        }
        assert_true(least - from <= (to - from) / 20);
        assert_true(to - most <= (to - from) / 20);
    }
}

static void proportional_is_interval_times_1_plus_minus_f(void **state)
{
    (void)state;
    bounds(NEAP_BACKOFF_PROPORTIONAL, 0.5, 1.5);
}

static void equal_is_half_and_a_random_half(void **state)
{
    (void)state;
    bounds(NEAP_BACKOFF_EQUAL, 0.5, 1);
}

static void full_is_anything_up_to_the_interval(void **state)
{
    (void)state;
    bounds(NEAP_BACKOFF_FULL, 0, 1);
}

static void decorrelated_walks_from_initial_to_thrice_the_last(void **state)
{
    neap_backoff_options o = options(NEAP_BACKOFF_DECORRELATED);
    int64_t last = o.initial, most = 0;
    neap_backoff b;
    (void)state;
    neap_backoff_init(&b, &o);
    for (int i = 0; i < 1000; i++) {
        int64_t to = 3 * last < o.max ? 3 * last : o.max;
        last = neap_backoff_next(&b, 0);
        assert_in_range(last, o.initial, to);
        most = last > most ? last : most;
    }
    assert_int_equal(most, o.max);
}

/* 1, 2 and 3 are equally likely from 2 ± 1: the original's third each. */
static void whole_numbers_are_equally_likely(void **state)
{
    int seen[4] = {0};
    neap_backoff_options o = options(NEAP_BACKOFF_PROPORTIONAL);
    neap_backoff b;
    (void)state;
    o.initial = 2;
    neap_backoff_init(&b, &o);
    for (int i = 0; i < 3000; i++) {
        int64_t delay = neap_backoff_next(&b, 0);
        assert_in_range(delay, 1, 3);
        seen[delay]++;
        neap_backoff_reset(&b);
    }
    for (int i = 1; i <= 3; i++)
        assert_in_range(seen[i], 900, 1100);
}

static void it_stops_when_the_delay_would_pass_max_elapsed(void **state)
{
    neap_backoff_options o = options(NEAP_BACKOFF_NONE);
    neap_backoff b;
    (void)state;
    o.max_elapsed = 10000 * MS;
    neap_backoff_init(&b, &o);
    assert_int_equal(neap_backoff_next(&b, 9500 * MS), 500 * MS); /* = */
    assert_int_equal(neap_backoff_next(&b, 9000 * MS + 1), NEAP_BACKOFF_STOP);
    /* The interval grew all the same, and time may be kinder later. */
    assert_int_equal(neap_backoff_next(&b, 0), 2000 * MS);
    assert_int_equal(neap_backoff_next(&b, INT64_MAX), NEAP_BACKOFF_STOP);
    o.max_elapsed = 0;
    neap_backoff_init(&b, &o);
    assert_int_equal(neap_backoff_next(&b, INT64_MAX), 500 * MS);
}

static void attempts_count_the_current_one(void **state)
{
    neap_backoff_options o = options(NEAP_BACKOFF_NONE);
    neap_backoff b;
    (void)state;
    o.attempts = 3;
    neap_backoff_init(&b, &o);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(neap_backoff_next(&b, 0), 500 * MS);
        assert_int_equal(neap_backoff_next(&b, 0), 1000 * MS);
        assert_int_equal(neap_backoff_next(&b, 0), NEAP_BACKOFF_STOP);
        assert_int_equal(neap_backoff_next(&b, 0), NEAP_BACKOFF_STOP);
        neap_backoff_reset(&b);
    }
    o.attempts = 1;
    neap_backoff_init(&b, &o);
    assert_int_equal(neap_backoff_next(&b, 0), NEAP_BACKOFF_STOP);
}

static void extremes_do_not_overflow(void **state)
{
    neap_backoff_options o = options(NEAP_BACKOFF_NONE);
    neap_backoff b;
    (void)state;
    o.initial = INT64_MAX / 2;
    o.max = INT64_MAX;
    o.multiplier = 2.1;
    neap_backoff_init(&b, &o);
    neap_backoff_next(&b, 0);
    assert_int_equal(b.interval, INT64_MAX);
    for (o.jitter = 0; o.jitter <= NEAP_BACKOFF_DECORRELATED; o.jitter++) {
        o.initial = o.max = INT64_MAX;
        neap_backoff_init(&b, &o);
        for (int i = 0; i < 100; i++)
            assert_true(neap_backoff_next(&b, 0) >= 0 || o.max_elapsed != 0);
        o.initial = 7;
        o.max = 0; /* never wait */
        neap_backoff_init(&b, &o);
        for (int i = 0; i < 100; i++)
            assert_int_equal(neap_backoff_next(&b, 0), 0);
    }
    o.jitter = NEAP_BACKOFF_NONE;
    o.initial = 9000 * MS; /* above the cap from the start */
    o.max = 5000 * MS;
    neap_backoff_init(&b, &o);
    assert_int_equal(neap_backoff_next(&b, 0), 5000 * MS);
}

static void the_seed_decides(void **state)
{
    neap_backoff_options o = options(NEAP_BACKOFF_FULL);
    neap_backoff a, b, c;
    bool differ = false;
    (void)state;
    neap_backoff_init(&a, &o);
    neap_backoff_init(&b, &o);
    o.seed = 2;
    neap_backoff_init(&c, &o);
    for (int i = 0; i < 20; i++) {
        int64_t delay = neap_backoff_next(&a, 0);
        assert_int_equal(delay, neap_backoff_next(&b, 0));
        differ = differ || delay != neap_backoff_next(&c, 0);
    }
    assert_true(differ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interval_doubles_up_to_the_cap),
        cmocka_unit_test(the_defaults_are_the_originals),
        cmocka_unit_test(proportional_is_interval_times_1_plus_minus_f),
        cmocka_unit_test(equal_is_half_and_a_random_half),
        cmocka_unit_test(full_is_anything_up_to_the_interval),
        cmocka_unit_test(decorrelated_walks_from_initial_to_thrice_the_last),
        cmocka_unit_test(whole_numbers_are_equally_likely),
        cmocka_unit_test(it_stops_when_the_delay_would_pass_max_elapsed),
        cmocka_unit_test(attempts_count_the_current_one),
        cmocka_unit_test(extremes_do_not_overflow),
        cmocka_unit_test(the_seed_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * duration: exact conversions, and what is no duration. */
#include "unit.h"

#include "core/duration.h"

#include <math.h>
#include <string.h>

static void seconds_become_the_nearest_nanosecond(void **state)
{
    (void)state;
    assert_int_equal(neap_duration_of(0.1) + neap_duration_of(0.2),
                     neap_duration_of(0.3));
    assert_int_equal(neap_duration_of(60.000000001), 60 * NEAP_SECOND + 1);
    assert_int_equal(neap_duration_of(-1.5), -1500000000);
    /* A wall clock: what is 30 s later is exactly 30 s later. */
    assert_int_equal(neap_duration_of(1760000030.1) -
                         neap_duration_of(1760000000.1),
                     30 * NEAP_SECOND);
    assert_int_equal(neap_duration_of(HUGE_VAL), INT64_MAX);
    assert_int_equal(neap_duration_of(-HUGE_VAL), INT64_MIN);
    assert_int_equal(neap_duration_of(NAN), 0);
    assert_true(neap_duration_seconds(neap_duration_of(1760000000.123)) ==
                1760000000.123);
}

static void sums_do_not_wrap(void **state)
{
    (void)state;
    assert_int_equal(neap_duration_add(NEAP_NEVER, 1), NEAP_NEVER);
    assert_int_equal(neap_duration_add(INT64_MIN, -1), INT64_MIN);
    assert_int_equal(neap_duration_add(-1, 2), 1);
}

static void texts_are_read_strictly(void **state)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } cases[] = {
        {"250ms", 250},    {"90s", 90000},     {"0s", 0},
        {"1.5h", 5400000}, {"1h30m", 5400000}, {" 1 h 30 m ", 5400000},
        {"2d", 172800000}, {"1w", 604800000},  {"0.25s", 250},
        {"", -1},          {"90", -1},         {"s", -1},
        {"1.s", -1},       {".5s", -1},        {"-1s", -1},
        {"1S", -1},        {"1 sec", -1},      {"1s,", -1},
        {"1..5s", -1},     {"1e3s", -1},       {"0x10s", -1},
        {"1y", -1},        {"1h30", -1},       {"inf", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t value = -1;
        neap_err err = NEAP_ERR_INIT;
        int rc = neap_duration_read(&value, cases[i].text,
                                    strlen(cases[i].text), &err);
        assert_int_equal(rc, cases[i].ms < 0 ? NEAP_EINVAL : 0);
        assert_int_equal(err.code, rc);
        assert_int_equal(value,
                         cases[i].ms < 0 ? -1 : cases[i].ms * NEAP_MILLISECOND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_become_the_nearest_nanosecond),
        cmocka_unit_test(sums_do_not_wrap),
        cmocka_unit_test(texts_are_read_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

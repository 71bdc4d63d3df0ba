/* SPDX-License-Identifier: MIT
 *
 * clock: instants as text, clocks that run. */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

static void formats(int64_t ms, const char *expected)
{
    char text[NEAP_CLOCK_SIZE];
    neap_clock_format(ms, text);
    assert_string_equal(text, expected);
}

static void instants(void **state)
{
    (void)state;
    formats(0, "1970-01-01T00:00:00.000Z");
    formats(1760000000123, "2025-10-09T08:53:20.123Z");
    formats(951827696789, "2000-02-29T12:34:56.789Z");
    formats(-1, "1969-12-31T23:59:59.999Z");
    formats(INT64_MAX, "9999-12-31T23:59:59.999Z");
    formats(INT64_MIN, "0000-01-01T00:00:00.000Z");
}

static void clocks_run(void **state)
{
    int64_t before = neap_clock_monotonic_ns();
    int64_t wall = neap_clock_wall_ns();
    (void)state;
    while (neap_clock_monotonic_ns() == before)
        ;
    assert_true(neap_clock_monotonic_ns() > before);
    assert_in_range(wall / 1000000000, time(NULL) - 2, time(NULL) + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instants),
        cmocka_unit_test(clocks_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

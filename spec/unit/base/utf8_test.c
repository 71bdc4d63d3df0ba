/* SPDX-License-Identifier: MIT
 *
 * utf8: every code point passes, everything else does not. */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void every_code_point_and_no_surrogate(void **state)
{
    (void)state;
    for (uint32_t point = 0; point <= 0x10ffff; point++) {
        char bytes[4];
        size_t n = neap_utf8_put(bytes, point);
        size_t expected = point >= 0xd800 && point < 0xe000 ? 0 : n;
        if (neap_utf8_next(bytes, n) != expected)
            fail_msg("U+%04X", point);
        if (n > 1 && neap_utf8_next(bytes, n - 1) != 0)
            fail_msg("U+%04X cut off", point);
    }
}

static void what_is_not_utf8(void **state)
{
    static const char *const bad[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "\xe2\x28\xa1",
                                      "\xc3("};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(neap_utf8_next(bad[i], strlen(bad[i])), 0);
    assert_int_equal(neap_utf8_next("", 0), 0);
}

static void valid_stops_at_the_first_trouble(void **state)
{
    (void)state;
    assert_int_equal(neap_utf8_valid("gr\xc3\xbc\xc3\x9f\x65 \xff!", 10), 8);
    assert_int_equal(neap_utf8_valid("all good", 8), 8);
    assert_int_equal(neap_utf8_valid("", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_and_no_surrogate),
        cmocka_unit_test(what_is_not_utf8),
        cmocka_unit_test(valid_stops_at_the_first_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

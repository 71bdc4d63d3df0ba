/* SPDX-License-Identifier: MIT
 *
 * number: one text for each double, and back, in every locale. */
#include "base/number.h"

#include "base/err.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void writes(double value, const char *expected)
{
    char text[NEAP_NUMBER_SIZE];
    size_t len = neap_number_format(text, value);
    assert_string_equal(text, expected);
    assert_int_equal(len, strlen(expected));
}

static void forms(void **state)
{
    (void)state;
    writes(0, "0");
    writes(-0.0, "0");
    writes(-1, "-1");
    writes(100, "100");
    writes(1700000000123456, "1700000000123456");
    writes(9007199254740991, "9007199254740991");
    writes(-9007199254740992, "-9007199254740992");
    writes(0.1, "0.1");
    writes(-2.5, "-2.5");
    writes(0.1 + 0.2, "0.30000000000000004");
    writes(1.0 / 3, "0.3333333333333333");
    writes(1760000000.25, "1760000000.25");
    writes(0.000001, "0.000001");
    writes(0.00000123, "0.00000123");
    writes(1e-7, "1e-7");
    writes(1.5e-7, "1.5e-7");
    writes(1e20, "100000000000000000000");
    writes(1e21, "1e+21");
    writes(-1.25e300, "-1.25e+300");
    writes(DBL_MAX, "1.7976931348623157e+308");
    writes(DBL_MIN, "2.2250738585072014e-308");
    writes(5e-324, "5e-324");
}

static void not_numbers(void **state)
{
    char text[NEAP_NUMBER_SIZE];
    (void)state;
    assert_int_equal(neap_number_format(text, NAN), 0);
    assert_int_equal(neap_number_format(text, INFINITY), 0);
    assert_int_equal(neap_number_format(text, -INFINITY), 0);
}

static double random_double(uint64_t *seed)
{
    double value;
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    uint64_t bits = *seed ^ *seed >> 29;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void every_double_comes_back(void **state)
{
    uint64_t seed = 42;
    (void)state;
    for (int i = 0; i < 60000; i++) {
        char text[NEAP_NUMBER_SIZE];
        double value = random_double(&seed), again;
        size_t len, used;
        if (i % 3 == 1)
            value = floor(fmod(value, 1e12)) / 1000;
        if (!isfinite(value))
            continue;
        len = neap_number_format(text, value);
        assert_in_range(len, 1, NEAP_NUMBER_SIZE - 1);
        assert_int_equal(neap_number_parse(text, len, &again, &used), 0);
        assert_int_equal(used, len);
        assert_true(value == again);
        assert_true(strtod(text, NULL) == value);
    }
}

static void reads(const char *text, double expected, size_t expected_used)
{
    double value = -77;
    size_t used;
    assert_int_equal(neap_number_parse(text, strlen(text), &value, &used), 0);
    assert_true(value == expected);
    assert_int_equal(used, expected_used);
}

static void the_grammar_is_strict(void **state)
{
    static const char *const bad[] = {"",    "-",  "+1",  ".5",  "1.", "1e",
                                      "1e+", "-a", "NaN", "Inf", "-.5"};
    double value;
    size_t used;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(
            neap_number_parse(bad[i], strlen(bad[i]), &value, &used),
            NEAP_EINVAL);
    reads("01", 0, 1);
    reads("0x10", 0, 1);
    reads("1.5.2", 1.5, 3);
    reads("1E+2,", 100, 4);
    assert_int_equal(neap_number_parse("1e999", 5, &value, &used), NEAP_ELIMIT);
    reads("1e-999", 0, 6);
    reads("0e99999999999", 0, 13);
}

/* A tie that only the 900th digit decides. */
static void long_texts_round_correctly(void **state)
{
    char text[1000];
    (void)state;
    reads("9007199254740993", 9007199254740992.0, 16);
    reads("9007199254740993.0000001", 9007199254740994.0, 24);
    memset(text, '0', sizeof text);
    memcpy(text, "9007199254740993.", 17);
    text[950] = '1';
    text[951] = '\0';
    reads(text, 9007199254740994.0, 951);
    text[950] = '0';
    reads(text, 9007199254740992.0, 951);
}

static void a_comma_locale_changes_nothing(void **state)
{
    (void)state;
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL)
        skip();
    writes(1.0 / 3, "0.3333333333333333");
    reads("0.30000000000000004", 0.1 + 0.2, 19);
    setlocale(LC_NUMERIC, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(not_numbers),
        cmocka_unit_test(every_double_comes_back),
        cmocka_unit_test(the_grammar_is_strict),
        cmocka_unit_test(long_texts_round_correctly),
        cmocka_unit_test(a_comma_locale_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

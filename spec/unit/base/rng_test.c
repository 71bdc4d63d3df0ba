/* SPDX-License-Identifier: MIT
 *
 * rng: the published course of xoshiro256**, and its reals. */
#include "unit.h"

#include "base/rng.h"

#include <stdbool.h>

/* From the state 1, 2, 3, 4, as other implementations print it. */
static void it_is_xoshiro256_starstar(void **state)
{
    const uint64_t expected[] = {
        UINT64_C(11520),
        UINT64_C(0),
        UINT64_C(1509978240),
        UINT64_C(1215971899390074240),
        UINT64_C(1216172134540287360),
        UINT64_C(607988272756665600),
        UINT64_C(16172922978634559625),
        UINT64_C(8476171486693032832),
        UINT64_C(10595114339597558777),
        UINT64_C(2904607092377533576),
    };
    neap_rng rng = {{1, 2, 3, 4}};
    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_true(neap_rng_next(&rng) == expected[i]);
}

/* SplitMix64 from 0, as published. */
static void its_state_is_filled_by_splitmix64(void **state)
{
    neap_rng rng;
    (void)state;
    neap_rng_init(&rng, 0);
    assert_true(rng.s[0] == UINT64_C(0xe220a8397b1dcdaf));
    assert_true(rng.s[1] == UINT64_C(0x6e789e6aa1b965f4));
    assert_true(rng.s[2] == UINT64_C(0x06c45d188009454f));
    assert_true(rng.s[3] == UINT64_C(0xf88bb8a8724c81ec));
}

static void a_unit_is_below_one_and_even(void **state)
{
    double sum = 0;
    neap_rng rng;
    (void)state;
    neap_rng_init(&rng, 42);
    for (int i = 0; i < 100000; i++) {
        double u = neap_rng_unit(&rng);
        assert_true(u >= 0 && u < 1);
        sum += u;
    }
    assert_true(sum > 49500 && sum < 50500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_xoshiro256_starstar),
        cmocka_unit_test(its_state_is_filled_by_splitmix64),
        cmocka_unit_test(a_unit_is_below_one_and_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * pool: slots are taken and given back. */
#include "unit.h"

#include "core/pool.h"

static void slots_are_taken_by_weight_and_given_back(void **state)
{
    neap_pool pool;
    (void)state;
    neap_pool_init(&pool, 4);
    assert_int_equal(neap_pool_take(&pool, 3, NULL), 1);
    assert_int_equal(neap_pool_take(&pool, 2, NULL), 0);
    assert_int_equal(neap_pool_free(&pool), 1);
    assert_int_equal(neap_pool_take(&pool, 1, NULL), 1);
    assert_int_equal(neap_pool_give(&pool, 3, NULL), 0);
    assert_int_equal(neap_pool_free(&pool), 3);
}

static void what_never_fits_is_refused(void **state)
{
    neap_pool pool;
    neap_err err = NEAP_ERR_INIT;
    (void)state;
    neap_pool_init(&pool, 4);
    assert_int_equal(neap_pool_take(&pool, 5, &err), NEAP_EINVAL);
    assert_string_equal(err.message,
                        "a weight of 5 does not fit a pool of 4 slots");
    assert_int_equal(neap_pool_take(&pool, 0, NULL), NEAP_EINVAL);
    assert_int_equal(neap_pool_give(&pool, 1, NULL), NEAP_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_taken_by_weight_and_given_back),
        cmocka_unit_test(what_never_fits_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

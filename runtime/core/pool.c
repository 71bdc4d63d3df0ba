/* SPDX-License-Identifier: MIT
 *
 * pool: see pool.h. */
#include "core/pool.h"

void neap_pool_init(neap_pool *pool, uint32_t slots)
{
    pool->slots = slots;
    pool->taken = 0;
}

uint32_t neap_pool_free(const neap_pool *pool)
{
    return pool->slots - pool->taken;
}

int neap_pool_take(neap_pool *pool, uint32_t weight, neap_err *err)
{
    if (weight == 0 || weight > pool->slots)
        return neap_err_set(err, NEAP_EINVAL,
                            "a weight of %u does not fit a pool of %u slots",
                            weight, pool->slots);
    if (weight > neap_pool_free(pool))
        return 0;
    pool->taken += weight;
    return 1;
}

int neap_pool_give(neap_pool *pool, uint32_t weight, neap_err *err)
{
    if (weight > pool->taken)
        return neap_err_set(err, NEAP_EINVAL,
                            "%u slots given back, but only %u are taken",
                            weight, pool->taken);
    pool->taken -= weight;
    return 0;
}

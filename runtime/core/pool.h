/* SPDX-License-Identifier: MIT
 *
 * pool: are there slots left?
 *
 * Owns: two numbers. Refuses to know: who waits. Uses: base/err.
 */
#ifndef NEAP_CORE_POOL_H
#define NEAP_CORE_POOL_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct neap_pool {
    uint32_t slots, taken;
} neap_pool;

void neap_pool_init(neap_pool *pool, uint32_t slots);
uint32_t neap_pool_free(const neap_pool *pool);
/* 1: `weight` slots are taken now; 0: so many are not free. NEAP_EINVAL: so
 * many there are not, or it is none: waiting would never end. */
int neap_pool_take(neap_pool *pool, uint32_t weight, neap_err *err);
/* Give `weight` slots back. NEAP_EINVAL: so many are not taken. */
int neap_pool_give(neap_pool *pool, uint32_t weight, neap_err *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * rng: a small generator whose whole course follows from one seed.
 *
 * Owns: its state, 32 bytes; copy it to remember a point. Refuses to know:
 * where seeds come from. Uses: libc.
 *
 * xoshiro256** of Blackman and Vigna, its state filled from the seed by
 * SplitMix64, so that neighbouring seeds give unrelated courses and seed 0 is
 * as good as any. The same seed gives the same numbers on every machine. Not
 * for secrets.
 */
#ifndef NEAP_BASE_RNG_H
#define NEAP_BASE_RNG_H

#include <stdint.h>

typedef struct neap_rng {
    uint64_t s[4];
} neap_rng;

void neap_rng_init(neap_rng *rng, uint64_t seed);
/* The next 64 bits. */
uint64_t neap_rng_next(neap_rng *rng);
/* A multiple of 2^-53 in [0, 1). */
double neap_rng_unit(neap_rng *rng);

#endif

/* SPDX-License-Identifier: MIT
 *
 * bench: what the programs here share: a clock and the median of five. Each
 * prints JSON lines, and measures its baseline in the same run. */
#ifndef NEAP_SPEC_BENCH_H
#define NEAP_SPEC_BENCH_H

#include <stdlib.h>
#include <time.h>

#define BENCH_ROUNDS 5

static inline double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline int bench_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts `rounds`. */
static inline double bench_median(double rounds[BENCH_ROUNDS])
{
    qsort(rounds, BENCH_ROUNDS, sizeof *rounds, bench_compare);
    return rounds[BENCH_ROUNDS / 2];
}

#endif

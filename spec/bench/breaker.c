/* SPDX-License-Identifier: MIT
 *
 * breaker: allow and done of one request, closed and with both rates on. The
 * baseline reads the clock twice under an uncontended lock, which is what a
 * breaker that is not pure cannot do without. */
#include "core/breaker.h"
#include "bench.h"

#include <pthread.h>
#include <stdio.h>

#define REQUESTS 2000000

static double run_breaker(const neap_breaker_options *options)
{
    neap_breaker b;
    uint64_t token = 0;
    double began = bench_now();
    neap_breaker_init(&b, options);
    for (int64_t i = 0; i < REQUESTS; i++) {
        int64_t now = i * NEAP_MILLISECOND;
        if (neap_breaker_allow(&token, &b, now) != NEAP_BREAKER_GO)
            abort();
        neap_breaker_done(
            &b, token, i % 8 == 0 ? NEAP_BREAKER_FAILURE : NEAP_BREAKER_SUCCESS,
            now, NEAP_MILLISECOND);
    }
    return (bench_now() - began) / REQUESTS;
}

static double run_baseline(void)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    volatile double sum = 0;
    double began = bench_now();
    for (int i = 0; i < REQUESTS; i++) {
        for (int k = 0; k < 2; k++) {
            pthread_mutex_lock(&lock);
            sum += bench_now();
            pthread_mutex_unlock(&lock);
        }
    }
    return (bench_now() - began) / REQUESTS;
}

static void row(const char *name, const neap_breaker_options *options)
{
    double ours[BENCH_ROUNDS], baseline[BENCH_ROUNDS], s, base;
    for (int i = 0; i < BENCH_ROUNDS; i++) {
        baseline[i] = run_baseline();
        ours[i] = run_breaker(options);
    }
    s = bench_median(ours);
    base = bench_median(baseline);
    printf("{\"bench\":\"breaker %s\",\"ns_per_request\":%.1f,"
           "\"baseline\":\"two locked clock reads\",\"baseline_ns\":%.1f,"
           "\"ratio\":%.2f}\n",
           name, s * 1e9, base * 1e9, s / base);
}

int main(void)
{
    neap_breaker_options options = NEAP_BREAKER_OPTIONS_INIT;
    row("consecutive", &options);
    options.failure_rate = options.slow_rate = 0.5;
    row("rates", &options);
    return 0;
}

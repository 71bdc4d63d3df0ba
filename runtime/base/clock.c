/* SPDX-License-Identifier: MIT
 *
 * clock: see clock.h. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static const int64_t FIRST = -62167219200000; /* 0000-01-01T00:00:00.000Z */
static const int64_t LAST = 253402300799999;  /* 9999-12-31T23:59:59.999Z */

static int64_t read_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t neap_clock_monotonic_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

int64_t neap_clock_wall_ns(void)
{
    return read_ns(CLOCK_REALTIME);
}

void neap_clock_format(int64_t wall_ms, char out[NEAP_CLOCK_SIZE])
{
    int64_t ms = wall_ms < FIRST ? FIRST : wall_ms > LAST ? LAST : wall_ms;
    int64_t rest = (ms % 1000 + 1000) % 1000;
    time_t seconds = (time_t)((ms - rest) / 1000);
    struct tm tm;
    char text[80]; /* the compiler does not know that years have 4 digits */
    gmtime_r(&seconds, &tm);
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
             tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
             tm.tm_min, tm.tm_sec, (int)rest);
    snprintf(out, NEAP_CLOCK_SIZE, "%.24s", text);
}

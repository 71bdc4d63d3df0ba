/* SPDX-License-Identifier: MIT
 *
 * duration: time as core counts it, whole nanoseconds in an int64_t.
 *
 * Owns: how seconds and texts like "90s" become nanoseconds. Refuses to
 * know: what time it is. Uses: libc.
 *
 * Deciding in whole nanoseconds makes boundaries exact: 0.1 s after 0.2 s is
 * 0.3 s, which it is not in binary fractions.
 */
#ifndef NEAP_CORE_DURATION_H
#define NEAP_CORE_DURATION_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define NEAP_MILLISECOND INT64_C(1000000)
#define NEAP_SECOND      INT64_C(1000000000)
#define NEAP_NEVER       INT64_MAX /* a deadline that is not set */

/* Seconds, to the nearest nanosecond; beyond 2^22 s (49 days), where a double
 * stops telling nanoseconds apart, to the nearest microsecond. What does not
 * fit becomes the nearest that does; NaN becomes 0. */
int64_t neap_duration_of(double seconds);
double neap_duration_seconds(int64_t duration);

/* `a` + `b`, at most NEAP_NEVER. */
int64_t neap_duration_add(int64_t a, int64_t b);

/* Read numbers, each with its unit of ms, s, m, h, d, w: "250ms", "1.5h",
 * "1h 30m". Nothing else is a duration: NEAP_EINVAL. */
int neap_duration_read(int64_t *duration, const char *text, size_t len,
                       neap_err *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * clock: what time it is.
 *
 * Owns: the two clocks of the kernel and the text of an instant. Refuses to
 * know: what the time is for; `core` is given it as an argument. Uses: libc.
 */
#ifndef NEAP_BASE_CLOCK_H
#define NEAP_BASE_CLOCK_H

#include <stdint.h>

#define NEAP_CLOCK_SIZE 25 /* of 2026-11-22T02:24:00.123Z with its NUL */

/* Nanoseconds of a clock that only runs forward, from an unknown zero. */
int64_t neap_clock_monotonic_ns(void);

/* Nanoseconds since 1970-01-01 UTC; people may set this clock. */
int64_t neap_clock_wall_ns(void);

/* `wall_ms` by RFC 3339 in UTC; years 0 to 9999, nearest of these beyond. */
void neap_clock_format(int64_t wall_ms, char out[NEAP_CLOCK_SIZE]);

#endif

/* SPDX-License-Identifier: MIT
 *
 * number: doubles as JSON text and back, the same in every locale.
 *
 * Owns: the one way a number is written. Refuses to know: where it stands.
 * Uses: libc.
 *
 * Writing: whole numbers up to 2^53 in full; everything else with the fewest
 * correctly rounded digits (17 at most) that read back as the same double,
 * laid out as ECMAScript does: 0.1, 1760000000.25, 1e-7, 1e+21. Minus zero
 * is 0.
 */
#ifndef NEAP_BASE_NUMBER_H
#define NEAP_BASE_NUMBER_H

#include <stddef.h>

#define NEAP_NUMBER_SIZE 32 /* fits every number, with a final NUL */

/* Write `value`; returns its length, or 0 for a NaN or an infinity. */
size_t neap_number_format(char out[NEAP_NUMBER_SIZE], double value);

/* Read the longest number that begins `text` by the grammar of RFC 8259:
 * 0, NEAP_EINVAL (none begins here) or NEAP_ELIMIT (beyond a double).
 * `used` is how far it got, in each case. */
int neap_number_parse(const char *text, size_t len, double *value,
                      size_t *used);

#endif

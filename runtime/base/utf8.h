/* SPDX-License-Identifier: MIT
 *
 * utf8: what is valid UTF-8 (RFC 3629).
 *
 * Owns: the check and the encoding of one code point. Refuses to know: what
 * the text says. Uses: libc.
 */
#ifndef NEAP_BASE_UTF8_H
#define NEAP_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the code point that begins at `text`: 1-4, or 0 when there is none
 * (overlong, surrogate, above U+10FFFF, cut off, `len` 0). */
size_t neap_utf8_next(const char *text, size_t len);

/* Bytes of `text` before the first that is not valid; `len` when all are. */
size_t neap_utf8_valid(const char *text, size_t len);

/* Write `point` (no surrogate, at most U+10FFFF); returns 1-4. */
size_t neap_utf8_put(char out[4], uint32_t point);

#endif

/* SPDX-License-Identifier: MIT
 *
 * base64: RFC 4648 section 4, with padding, in its one canonical form.
 *
 * Owns: both directions. Refuses to know: line breaks, other alphabets.
 * Uses: base/buf.
 */
#ifndef NEAP_BASE_BASE64_H
#define NEAP_BASE_BASE64_H

#include "base/buf.h"

/* Append the encoding of `bytes`. 0 or NEAP_ENOMEM. */
int neap_base64_encode(neap_buf *out, const void *bytes, size_t len);

/* Append what `text` encodes. NEAP_EINVAL when it is not exactly what the
 * encoder would write: then nothing useful is in `out`. */
int neap_base64_decode(neap_buf *out, const char *text, size_t len);

#endif

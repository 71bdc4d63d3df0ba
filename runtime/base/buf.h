/* SPDX-License-Identifier: MIT
 *
 * buf: bytes that grow at the end.
 *
 * Owns: its memory. Refuses to know: what the bytes mean. Uses: base/mem.
 *
 * A failed growth is sticky: the bytes stay as they were, and everything
 * appended after it fails too, until neap_buf_clear. So a writer of many
 * pieces may look at the last answer alone.
 */
#ifndef NEAP_BASE_BUF_H
#define NEAP_BASE_BUF_H

#include "base/err.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct neap_buf {
    char *bytes; /* owned; NULL while nothing was ever taken; no final NUL */
    size_t len;
    size_t cap;
    bool failed;         /* a growth failed since the last clear */
    const neap_mem *mem; /* borrowed; NULL = libc */
} neap_buf;

#define NEAP_BUF_INIT                                                          \
    {                                                                          \
        NULL, 0, 0, false, NULL                                                \
    }

void neap_buf_init(neap_buf *buf, const neap_mem *mem);
void neap_buf_deinit(neap_buf *buf); /* empty and usable again */

/* Each returns 0 or NEAP_ENOMEM. Reserve makes room for `extra` more bytes;
 * append may not be given bytes of the same buffer. */
int neap_buf_reserve(neap_buf *buf, size_t extra);
int neap_buf_append(neap_buf *buf, const void *bytes, size_t len);
int neap_buf_byte(neap_buf *buf, char byte);
int neap_buf_text(neap_buf *buf, const char *text); /* without its NUL */
int neap_buf_printf(neap_buf *buf, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A NUL behind the bytes, not counted in `len`; the text, borrowed until the
 * next growth, or NULL. */
const char *neap_buf_cstr(neap_buf *buf);

void neap_buf_clear(neap_buf *buf);          /* keep the memory */
void neap_buf_drop(neap_buf *buf, size_t n); /* the first `n` <= len bytes */

#endif

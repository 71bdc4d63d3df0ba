/* SPDX-License-Identifier: MIT
 *
 * capture: what a process said on one of its streams.
 *
 * Owns: the first bytes (up to a limit), the last ones, the line that is not
 * finished, and the file that gets everything. Refuses to know: descriptors of
 * the process, what the bytes mean. Uses: base/{buf,lines,ring}, files.
 *
 * Memory is bounded by `limit` + `tail` + the longest line (when lines are
 * asked for); nothing is taken before the first byte.
 */
#ifndef NEAP_IO_CAPTURE_H
#define NEAP_IO_CAPTURE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/lines.h"
#include "base/ring.h"

#include <stdint.h>

#define NEAP_CAPTURE_LINE ((size_t)64 << 20) /* a longer line is cut there */

typedef void (*neap_capture_line)(void *ud, const char *line, size_t len);

/* The caller's memory, zeroed; set the first five before the first byte. */
typedef struct neap_capture {
    size_t limit;              /* bytes kept from the beginning */
    size_t tail;               /* bytes kept from the end */
    neap_capture_line on_line; /* each line without its end, or NULL */
    void *ud;
    char *spool;          /* owned: file for everything, or NULL */
    uint64_t spool_limit; /* at most this much of everything */
    uint64_t bytes;       /* seen in all */
    neap_err spool_err;   /* the file ended here; code 0: it did not */
    neap_buf head;
    neap_lines lines;
    neap_ring ring; /* of the tail; empty until the head is full */
    int fd;         /* of the spool + 1, 0 = not open */
} neap_capture;

/* 0, or NEAP_ENOMEM: then some of the bytes are not kept. */
int neap_capture_feed(neap_capture *capture, const char *bytes, size_t len);

/* Nothing more will come: the last line, even without its end, and close the
 * file. What was kept stays. */
void neap_capture_end(neap_capture *capture);

/* The last bytes (at most `tail`), written to `out`, which has room for that
 * many; their number. */
size_t neap_capture_tail(const neap_capture *capture, char *out);

void neap_capture_deinit(neap_capture *capture);

#endif

/* SPDX-License-Identifier: MIT
 *
 * lines: a stream of bytes as lines, however it is cut into chunks.
 *
 * Owns: the line that is not finished. Refuses to know: what a line means;
 * a "\r" is part of it. Uses: base/buf.
 *
 * A line ends with "\n", which is not part of it; what stands behind the last
 * one is a line too, told by neap_lines_end. Of a line longer than `limit`
 * the first `limit` bytes are told, once, when it ends, with `cut` set; so is
 * a line for which there was no memory. A line that lies whole in a chunk is
 * told from there and takes no memory.
 */
#ifndef NEAP_BASE_LINES_H
#define NEAP_BASE_LINES_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* `line` is borrowed during the call, and has no final NUL. */
typedef void (*neap_lines_fn)(void *ud, const char *line, size_t len, bool cut);

typedef struct neap_lines {
    size_t limit; /* bytes of a line, 0 = any number */
    neap_lines_fn fn;
    void *ud;
    /* private */
    neap_buf partial;
    bool cut; /* the partial line grows no more */
} neap_lines;

void neap_lines_init(neap_lines *lines, size_t limit, neap_lines_fn fn,
                     void *ud, const neap_mem *mem);
void neap_lines_deinit(neap_lines *lines); /* empty and usable again */

/* Tell the lines that end in this chunk. NEAP_ENOMEM: one of them is cut. */
int neap_lines_feed(neap_lines *lines, const char *bytes, size_t len);

/* Nothing more will come: tell the last line, if it has no end. */
void neap_lines_end(neap_lines *lines);

#endif

/* SPDX-License-Identifier: MIT
 *
 * ring: the last bytes of a stream of any length, in bounded memory.
 *
 * Owns: its memory, taken at the first byte. Refuses to know: what the bytes
 * mean. Uses: base/mem.
 */
#ifndef NEAP_BASE_RING_H
#define NEAP_BASE_RING_H

#include "base/err.h"
#include "base/mem.h"

#include <stddef.h>

typedef struct neap_ring {
    size_t size; /* bytes kept at most */
    size_t len;  /* bytes kept */
    /* private */
    char *bytes; /* owned; NULL before the first byte */
    size_t at;   /* where the next byte goes */
    const neap_mem *mem;
} neap_ring;

/* `size` 0 keeps nothing. */
void neap_ring_init(neap_ring *ring, size_t size, const neap_mem *mem);
void neap_ring_deinit(neap_ring *ring); /* empty and usable again */

/* 0, or NEAP_ENOMEM: then nothing of it is kept. */
int neap_ring_put(neap_ring *ring, const void *bytes, size_t len);

/* Write the `len` bytes that are kept, oldest first; returns their number. */
size_t neap_ring_copy(const neap_ring *ring, char *out);

#endif

/* SPDX-License-Identifier: MIT
 *
 * ring: see ring.h. */
#include "base/ring.h"

#include <string.h>

void neap_ring_init(neap_ring *ring, size_t size, const neap_mem *mem)
{
    memset(ring, 0, sizeof *ring);
    ring->size = size;
    ring->mem = mem;
}

void neap_ring_deinit(neap_ring *ring)
{
    neap_mem_free(ring->mem, ring->bytes);
    neap_ring_init(ring, ring->size, ring->mem);
}

int neap_ring_put(neap_ring *ring, const void *bytes, size_t len)
{
    const char *from = bytes;
    size_t room;
    if (len > ring->size) {
        from += len - ring->size;
        len = ring->size;
    }
    if (len == 0)
        return 0;
    if (ring->bytes == NULL) {
        ring->bytes = neap_mem_resize(ring->mem, NULL, ring->size);
        if (ring->bytes == NULL)
            return NEAP_ENOMEM;
    }
    room = ring->size - ring->at;
    if (len <= room) {
        memcpy(ring->bytes + ring->at, from, len);
    } else {
        memcpy(ring->bytes + ring->at, from, room);
        memcpy(ring->bytes, from + room, len - room);
    }
    ring->at = (ring->at + len) % ring->size;
    ring->len = ring->len + len < ring->size ? ring->len + len : ring->size;
    return 0;
}

size_t neap_ring_copy(const neap_ring *ring, char *out)
{
    size_t start = ring->len < ring->size ? 0 : ring->at;
    size_t first = ring->len - start;
    if (ring->len > 0) {
        memcpy(out, ring->bytes + start, first);
        memcpy(out + first, ring->bytes, start);
    }
    return ring->len;
}

/* SPDX-License-Identifier: MIT
 *
 * heap_that_fails: a neap_mem that refuses after `left` blocks and counts
 * what is not given back. */
#ifndef NEAP_SPEC_HEAP_THAT_FAILS_H
#define NEAP_SPEC_HEAP_THAT_FAILS_H

#include "base/mem.h"

#include <stdlib.h>

typedef struct heap_that_fails {
    neap_mem mem;
    long left; /* blocks it still gives; negative = any number */
    long held; /* blocks not given back */
} heap_that_fails;

static inline void *heap_resize(void *ud, void *ptr, size_t size)
{
    heap_that_fails *heap = ud;
    void *out;
    if (size == 0) {
        heap->held -= ptr != NULL;
        free(ptr);
        return NULL;
    }
    if (heap->left == 0)
        return NULL;
    heap->left -= heap->left > 0;
    out = realloc(ptr, size);
    heap->held += ptr == NULL && out != NULL;
    return out;
}

static inline void heap_init(heap_that_fails *heap, long left)
{
    heap->mem.resize = heap_resize;
    heap->mem.ud = heap;
    heap->left = left;
    heap->held = 0;
}

#endif

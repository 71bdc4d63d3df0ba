/* SPDX-License-Identifier: MIT
 *
 * heap: a heap in an array, whose order is never left to chance.
 *
 * Owns: its array. Refuses to know: what an item is; it is a pointer, or an
 * id cast to one. Uses: base/mem.
 *
 * The smallest key leaves first: `first`, then `second`, then `order`, which
 * no two entries share (a count, or an id). Keys lie in the array, so that
 * comparing never touches an item. The heap can tell each item where it lies
 * (`place`), so that one in the middle can be removed without a search.
 */
#ifndef NEAP_BASE_HEAP_H
#define NEAP_BASE_HEAP_H

#include "base/err.h"
#include "base/mem.h"

#include <stddef.h>
#include <stdint.h>

#define NEAP_HEAP_OUT SIZE_MAX /* the index of an item that left */

/* `item` now lies at `index`, or NEAP_HEAP_OUT. */
typedef void (*neap_heap_place)(void *item, size_t index);

typedef struct neap_heap_entry {
    int64_t first, second;
    uint64_t order;
    void *item;
} neap_heap_entry;

typedef struct neap_heap {
    neap_heap_entry *entries; /* owned */
    size_t count, room;
    neap_heap_place place;
    const neap_mem *mem; /* borrowed; NULL = libc */
} neap_heap;

/* `place` may be NULL when nothing is ever removed from the middle. */
void neap_heap_init(neap_heap *heap, neap_heap_place place,
                    const neap_mem *mem);
void neap_heap_deinit(neap_heap *heap);

/* Make room for `count` items in all: pushing so many cannot fail then. */
int neap_heap_reserve(neap_heap *heap, size_t count, neap_err *err);
/* Put `entry` (copied) in; its item is borrowed until it leaves. NEAP_ENOMEM
 * leaves all as it was. */
int neap_heap_push(neap_heap *heap, neap_heap_entry entry, neap_err *err);
/* What leaves next, or NULL; borrowed until the heap changes. */
const neap_heap_entry *neap_heap_peek(const neap_heap *heap);
/* Take it out; NULL when empty. */
void *neap_heap_pop(neap_heap *heap);
/* Take out the item at `index` (as `place` told). */
void *neap_heap_remove(neap_heap *heap, size_t index);

/* A key that sorts as `value` does (which is a number). */
int64_t neap_heap_key(double value);

#endif

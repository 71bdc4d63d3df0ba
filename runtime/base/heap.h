/* SPDX-License-Identifier: MIT
 *
 * heap: a binary heap in an array, whose order is never left to chance.
 *
 * Owns: its array. Refuses to know: what an item is; it is a pointer, or an
 * id cast to one. Uses: base/mem.
 *
 * Items that compare equal leave in the order they came. The heap tells each
 * item where it lies (`place`), so that one in the middle can be removed or
 * moved without a search.
 */
#ifndef NEAP_BASE_HEAP_H
#define NEAP_BASE_HEAP_H

#include "base/err.h"
#include "base/mem.h"

#include <stddef.h>
#include <stdint.h>

#define NEAP_HEAP_OUT SIZE_MAX /* the index of an item that left */

/* < 0: `a` leaves first; > 0: `b` does; 0: whichever came first. */
typedef int (*neap_heap_compare)(const void *a, const void *b, void *ud);
/* `item` now lies at `index`, or NEAP_HEAP_OUT. */
typedef void (*neap_heap_place)(void *item, size_t index, void *ud);

typedef struct neap_heap_entry {
    void *item;
    uint64_t order; /* of coming: the tie-break */
} neap_heap_entry;

typedef struct neap_heap {
    neap_heap_entry *entries; /* owned */
    size_t count, room;
    uint64_t came;
    neap_heap_compare compare;
    neap_heap_place place;
    void *ud;            /* borrowed, handed to both */
    const neap_mem *mem; /* borrowed; NULL = libc */
} neap_heap;

/* `place` may be NULL when nothing is ever removed from the middle. */
void neap_heap_init(neap_heap *heap, neap_heap_compare compare,
                    neap_heap_place place, void *ud, const neap_mem *mem);
void neap_heap_deinit(neap_heap *heap);

/* Make room for `count` items in all: pushing so many cannot fail then. */
int neap_heap_reserve(neap_heap *heap, size_t count, neap_err *err);
/* Put `item` (borrowed until it leaves) in. NEAP_ENOMEM leaves all as it
 * was. */
int neap_heap_push(neap_heap *heap, void *item, neap_err *err);
/* The item that leaves next, or NULL; borrowed. */
void *neap_heap_peek(const neap_heap *heap);
/* Take it out; NULL when empty. */
void *neap_heap_pop(neap_heap *heap);
/* Take out the item at `index` (as `place` told). */
void *neap_heap_remove(neap_heap *heap, size_t index);
/* The item at `index` compares differently now. */
void neap_heap_moved(neap_heap *heap, size_t index);

#endif

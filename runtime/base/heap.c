/* SPDX-License-Identifier: MIT
 *
 * heap: see heap.h. */
#include "base/heap.h"

#include <stdbool.h>

void neap_heap_init(neap_heap *heap, neap_heap_compare compare,
                    neap_heap_place place, void *ud, const neap_mem *mem)
{
    *heap =
        (neap_heap){.compare = compare, .place = place, .ud = ud, .mem = mem};
}

void neap_heap_deinit(neap_heap *heap)
{
    neap_mem_free(heap->mem, heap->entries);
    heap->entries = NULL;
    heap->count = heap->room = 0;
}

static bool before(const neap_heap *heap, neap_heap_entry a, neap_heap_entry b)
{
    int order = heap->compare(a.item, b.item, heap->ud);
    return order != 0 ? order < 0 : a.order < b.order;
}

static void put(neap_heap *heap, size_t index, neap_heap_entry entry)
{
    heap->entries[index] = entry;
    if (heap->place != NULL)
        heap->place(entry.item, index, heap->ud);
}

static size_t sift_up(neap_heap *heap, size_t index, neap_heap_entry entry)
{
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (!before(heap, entry, heap->entries[parent]))
            break;
        put(heap, index, heap->entries[parent]);
        index = parent;
    }
    return index;
}

static size_t sift_down(neap_heap *heap, size_t index, neap_heap_entry entry)
{
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count &&
            before(heap, heap->entries[child + 1], heap->entries[child]))
            child++;
        if (!before(heap, heap->entries[child], entry))
            break;
        put(heap, index, heap->entries[child]);
        index = child;
    }
    return index;
}

static void settle(neap_heap *heap, size_t index, neap_heap_entry entry)
{
    size_t up = sift_up(heap, index, entry);
    put(heap, up != index ? up : sift_down(heap, index, entry), entry);
}

int neap_heap_reserve(neap_heap *heap, size_t count, neap_err *err)
{
    neap_heap_entry *grown;
    if (count <= heap->room)
        return 0;
    grown = neap_mem_resize(heap->mem, heap->entries, count * sizeof *grown);
    if (grown == NULL)
        return neap_err_set(err, NEAP_ENOMEM,
                            "no memory for a heap of %zu items", count);
    heap->entries = grown;
    heap->room = count;
    return 0;
}

int neap_heap_push(neap_heap *heap, void *item, neap_err *err)
{
    neap_heap_entry entry = {item, heap->came};
    if (heap->count == heap->room) {
        size_t room = heap->room == 0 ? 16 : heap->room * 2;
        if (neap_heap_reserve(heap, room, err) != 0)
            return NEAP_ENOMEM;
    }
    heap->came++;
    put(heap, sift_up(heap, heap->count++, entry), entry);
    return 0;
}

void *neap_heap_peek(const neap_heap *heap)
{
    return heap->count > 0 ? heap->entries[0].item : NULL;
}

void *neap_heap_pop(neap_heap *heap)
{
    return heap->count > 0 ? neap_heap_remove(heap, 0) : NULL;
}

void *neap_heap_remove(neap_heap *heap, size_t index)
{
    void *item = heap->entries[index].item;
    neap_heap_entry last = heap->entries[--heap->count];
    if (index < heap->count)
        settle(heap, index, last);
    if (heap->place != NULL)
        heap->place(item, NEAP_HEAP_OUT, heap->ud);
    return item;
}

void neap_heap_moved(neap_heap *heap, size_t index)
{
    settle(heap, index, heap->entries[index]);
}

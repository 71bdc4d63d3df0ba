/* SPDX-License-Identifier: MIT
 *
 * heap: see heap.h. */
#include "base/heap.h"

#include <stdbool.h>
#include <string.h>

#define ARMS 4 /* children of a place: fewer levels, so fewer cache lines */

void neap_heap_init(neap_heap *heap, neap_heap_place place, const neap_mem *mem)
{
    *heap = (neap_heap){.place = place, .mem = mem};
}

void neap_heap_deinit(neap_heap *heap)
{
    neap_mem_free(heap->mem, heap->entries);
    heap->entries = NULL;
    heap->count = heap->room = 0;
}

/* The bits of a double sort as it does, but backwards below zero. */
int64_t neap_heap_key(double value)
{
    int64_t bits;
    value += 0.0; /* one zero, not two */
    memcpy(&bits, &value, sizeof bits);
    return bits < 0 ? bits ^ INT64_MAX : bits;
}

static bool before(const neap_heap_entry *a, const neap_heap_entry *b)
{
    if (a->first != b->first)
        return a->first < b->first;
    if (a->second != b->second)
        return a->second < b->second;
    return a->order < b->order;
}

static void put(neap_heap *heap, size_t index, const neap_heap_entry *entry)
{
    heap->entries[index] = *entry;
    if (heap->place != NULL)
        heap->place(entry->item, index);
}

static size_t sift_up(neap_heap *heap, size_t index,
                      const neap_heap_entry *entry)
{
    while (index > 0) {
        size_t parent = (index - 1) / ARMS;
        if (!before(entry, &heap->entries[parent]))
            break;
        put(heap, index, &heap->entries[parent]);
        index = parent;
    }
    return index;
}

static size_t sift_down(neap_heap *heap, size_t index,
                        const neap_heap_entry *entry)
{
    size_t child;
    while ((child = ARMS * index + 1) < heap->count) {
        size_t end = child + ARMS < heap->count ? child + ARMS : heap->count;
        size_t least = child;
        while (++child < end)
            if (before(&heap->entries[child], &heap->entries[least]))
                least = child;
        if (!before(&heap->entries[least], entry))
            break;
        put(heap, index, &heap->entries[least]);
        index = least;
    }
    return index;
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

int neap_heap_push(neap_heap *heap, neap_heap_entry entry, neap_err *err)
{
    if (heap->count == heap->room) {
        size_t room = heap->room == 0 ? 16 : heap->room * 2;
        if (neap_heap_reserve(heap, room, err) != 0)
            return NEAP_ENOMEM;
    }
    put(heap, sift_up(heap, heap->count++, &entry), &entry);
    return 0;
}

const neap_heap_entry *neap_heap_peek(const neap_heap *heap)
{
    return heap->count > 0 ? &heap->entries[0] : NULL;
}

void *neap_heap_pop(neap_heap *heap)
{
    return heap->count > 0 ? neap_heap_remove(heap, 0) : NULL;
}

void *neap_heap_remove(neap_heap *heap, size_t index)
{
    void *item = heap->entries[index].item;
    neap_heap_entry last = heap->entries[--heap->count];
    if (index < heap->count) {
        size_t up = sift_up(heap, index, &last);
        put(heap, up != index ? up : sift_down(heap, index, &last), &last);
    }
    if (heap->place != NULL)
        heap->place(item, NEAP_HEAP_OUT);
    return item;
}

/* SPDX-License-Identifier: MIT
 *
 * timerq: see timerq.h. */
#include "core/timerq.h"

static void place(void *item, size_t index)
{
    ((neap_timerq_entry *)item)->index = index;
}

void neap_timerq_init(neap_timerq *q, const neap_mem *mem)
{
    neap_heap_init(&q->heap, place, mem);
    q->started = 0;
}

void neap_timerq_deinit(neap_timerq *q)
{
    neap_timerq_entry *entry;
    while ((entry = neap_heap_pop(&q->heap)) != NULL)
        entry->queue = NULL;
    neap_heap_deinit(&q->heap);
}

static void unlink_ready(neap_timerq_entry *entry)
{
    if (entry->prev != NULL)
        entry->prev->next = entry->next;
    else
        entry->list->first = entry->next;
    if (entry->next != NULL)
        entry->next->prev = entry->prev;
    else
        entry->list->last = entry->prev;
    entry->prev = entry->next = NULL;
    entry->list = NULL;
}

int neap_timerq_start(neap_timerq *q, neap_timerq_entry *entry, int64_t at,
                      neap_err *err)
{
    neap_timerq_stop(entry);
    if (neap_heap_push(&q->heap, (neap_heap_entry){at, 0, q->started++, entry},
                       err) != 0)
        return NEAP_ENOMEM;
    entry->queue = q;
    return 0;
}

void neap_timerq_stop(neap_timerq_entry *entry)
{
    if (entry->queue != NULL)
        neap_heap_remove(&entry->queue->heap, entry->index);
    else if (entry->list != NULL)
        unlink_ready(entry);
    entry->queue = NULL;
}

bool neap_timerq_active(const neap_timerq_entry *entry)
{
    return entry->queue != NULL || entry->list != NULL;
}

int64_t neap_timerq_next(const neap_timerq *q)
{
    const neap_heap_entry *next = neap_heap_peek(&q->heap);
    return next != NULL ? next->first : NEAP_NEVER;
}

size_t neap_timerq_count(const neap_timerq *q)
{
    return q->heap.count;
}

void neap_timerq_collect(neap_timerq *q, neap_timerq_list *list, int64_t now)
{
    const neap_heap_entry *next;
    while ((next = neap_heap_peek(&q->heap)) != NULL && next->first <= now) {
        neap_timerq_entry *entry = neap_heap_pop(&q->heap);
        entry->queue = NULL;
        entry->list = list;
        entry->prev = list->last;
        entry->next = NULL;
        if (list->last != NULL)
            list->last->next = entry;
        else
            list->first = entry;
        list->last = entry;
    }
}

neap_timerq_entry *neap_timerq_take(neap_timerq_list *list)
{
    neap_timerq_entry *entry = list->first;
    if (entry != NULL)
        unlink_ready(entry);
    return entry;
}

/* SPDX-License-Identifier: MIT
 *
 * item: see item.h. */
#include "io/item.h"

/* The first chunk holds the item itself; most items need no second one. */
#define FIRST 2048
#define ALIGN _Alignof(max_align_t)

struct neap_item_chunk {
    neap_item_chunk *next;
    max_align_t bytes[];
};

neap_item *neap_item_new(const char *run, size_t len, const neap_mem *mem)
{
    char *memory = neap_mem_resize(mem, NULL, FIRST);
    neap_item *item = (neap_item *)memory;
    const char *copy;
    if (item == NULL)
        return NULL;
    memset(item, 0, sizeof *item);
    item->mem = mem;
    item->free = memory + (sizeof *item + ALIGN - 1) / ALIGN * ALIGN;
    item->end = memory + FIRST;
    item->size = FIRST;
    item->fence = NEAP_ITEM_NO_FENCE;
    item->guards_end = &item->guards;
    item->writes_end = &item->writes;
    item->events_end = &item->events;
    copy = neap_item_copy(item, run, len);
    if (copy == NULL) {
        neap_item_free(item);
        return NULL;
    }
    item->run = neap_value_text(copy, len);
    return item;
}

void neap_item_free(neap_item *item)
{
    if (item == NULL)
        return;
    for (neap_item_chunk *chunk = item->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        neap_mem_free(item->mem, chunk);
    }
    neap_mem_free(item->mem, item);
}

/* Room for `size` bytes; big things get a chunk of their own, so that what is
 * left of the current one is still used. */
static void *more(neap_item *item, size_t size)
{
    size_t room = size > FIRST / 2 ? size : 2 * FIRST;
    neap_item_chunk *chunk =
        neap_mem_resize(item->mem, NULL, sizeof *chunk + room);
    if (chunk == NULL)
        return NULL;
    chunk->next = item->chunks;
    item->chunks = chunk;
    item->size += room;
    if (room != size) {
        item->free = (char *)chunk->bytes + size;
        item->end = (char *)chunk->bytes + room;
    }
    return chunk->bytes;
}

static void *take(neap_item *item, size_t size)
{
    void *memory = item->free;
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    if (size > (size_t)(item->end - item->free))
        return more(item, size);
    item->free += size;
    return memory;
}

void *neap_item_alloc(neap_item *item, size_t size)
{
    void *memory = take(item, size);
    return memory != NULL ? memset(memory, 0, size) : NULL;
}

const char *neap_item_copy(neap_item *item, const char *bytes, size_t len)
{
    char *copy = take(item, len + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

static neap_item_call *add_call(neap_item *item, neap_item_call ***end,
                                int statement, int count)
{
    neap_item_call *call = neap_item_alloc(
        item, sizeof *call + (size_t)count * sizeof *call->value);
    if (call == NULL)
        return NULL;
    call->statement = statement;
    call->count = count;
    **end = call;
    *end = &call->next;
    return call;
}

neap_item_call *neap_item_add_guard(neap_item *item, int statement, int count)
{
    return add_call(item, &item->guards_end, statement, count);
}

neap_item_call *neap_item_add_write(neap_item *item, int statement, int count)
{
    return add_call(item, &item->writes_end, statement, count);
}

neap_event *neap_item_add_event(neap_item *item)
{
    neap_event *event = neap_item_alloc(item, sizeof *event);
    if (event == NULL)
        return NULL;
    event->projection = -1;
    event->field[NEAP_EVENT_RUN] = item->run;
    event->field[NEAP_EVENT_VERSION] = neap_value_integer(1);
    event->field[NEAP_EVENT_AT] = neap_value_integer(item->at);
    if (item->fence != NEAP_ITEM_NO_FENCE)
        event->field[NEAP_EVENT_FENCE] = neap_value_integer(item->fence);
    *item->events_end = event;
    item->events_end = &event->next;
    return event;
}

neap_item_blob *neap_item_add_blob(neap_item *item, const char *hash,
                                   const char *bytes, size_t len)
{
    neap_item_blob *blob = neap_item_alloc(item, sizeof *blob);
    if (blob == NULL)
        return NULL;
    blob->hash = neap_item_copy(item, hash, strlen(hash));
    blob->bytes = neap_item_copy(item, bytes, len);
    blob->len = len;
    if (blob->hash == NULL || blob->bytes == NULL)
        return NULL;
    blob->next = item->blobs;
    item->blobs = blob;
    return blob;
}

size_t neap_item_size(const neap_item *item)
{
    return item->size;
}

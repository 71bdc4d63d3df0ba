/* SPDX-License-Identifier: MIT
 *
 * heads: see heads.h. */
#include "io/heads.h"

#include "base/err.h"

#include <stdlib.h>

/* A power of two; 1 MB of address space, touched only where used. */
#define SLOTS 16384u

int neap_heads_init(neap_heads *heads)
{
    heads->age = 1;
    heads->slots = calloc(SLOTS, sizeof *heads->slots);
    return heads->slots != NULL ? 0 : NEAP_ENOMEM;
}

void neap_heads_deinit(neap_heads *heads)
{
    for (size_t i = 0; heads->slots != NULL && i < SLOTS; i++)
        free(heads->slots[i].run);
    free(heads->slots);
    heads->slots = NULL;
}

/* FNV-1a, its halves folded. */
static neap_head *slot_of(neap_heads *heads, const neap_value *run)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < run->len; i++)
        hash = (hash ^ (unsigned char)run->bytes[i]) * 1099511628211u;
    return &heads->slots[(hash ^ hash >> 32) & (SLOTS - 1)];
}

static bool holds(const neap_heads *heads, const neap_head *head,
                  const neap_value *run)
{
    return head->age == heads->age && head->len == run->len &&
           memcmp(head->run, run->bytes, run->len) == 0;
}

neap_head *neap_heads_get(neap_heads *heads, const neap_value *run, bool *found)
{
    neap_head *head = slot_of(heads, run);
    char *copy;
    *found = holds(heads, head, run);
    if (*found)
        return head;
    copy = realloc(head->run, run->len + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, run->bytes, run->len);
    *head = (neap_head){.run = copy, .len = run->len, .age = heads->age};
    return head;
}

void neap_heads_forget(neap_heads *heads, const neap_value *run)
{
    neap_head *head = slot_of(heads, run);
    if (holds(heads, head, run))
        head->age = 0;
}

void neap_heads_clear(neap_heads *heads)
{
    heads->age++;
}

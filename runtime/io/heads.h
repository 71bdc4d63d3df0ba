/* SPDX-License-Identifier: MIT
 *
 * heads: the last event of each stream, remembered.
 *
 * Owns: a cache of fixed size: a stream is in its one slot or it is not there.
 * Refuses to know: where a head that is not there is read from. Uses: hash.
 */
#ifndef NEAP_IO_HEADS_H
#define NEAP_IO_HEADS_H

#include "io/hash.h"
#include "io/value.h"

#include <stdbool.h>

typedef struct neap_head {
    char *run; /* owned */
    size_t len;
    uint64_t age; /* the cache's when it was filled; another: it is empty */
    int64_t n;    /* 0: the stream has no event yet */
    unsigned char hash[NEAP_HASH_SIZE];
} neap_head;

typedef struct neap_heads {
    neap_head *slots; /* owned */
    uint64_t age;     /* counts the clears */
} neap_heads;

int neap_heads_init(neap_heads *heads); /* 0 or NEAP_ENOMEM */
void neap_heads_deinit(neap_heads *heads);

/* The slot of stream `run`, borrowed until the next call; `*found` says
 * whether it holds its head. When it does not, the slot is the stream's from
 * now on and the caller fills in n and hash, or forgets it. NULL when memory
 * ran out. */
neap_head *neap_heads_get(neap_heads *heads, const neap_value *run,
                          bool *found);

void neap_heads_forget(neap_heads *heads, const neap_value *run);
void neap_heads_clear(neap_heads *heads); /* somebody else wrote */

#endif

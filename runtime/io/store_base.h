/* SPDX-License-Identifier: MIT
 *
 * store_base: what the two stores are made of; for store_disk.c and sim/ only.
 *
 * Owns: the state both have and the way back to the callers. What differs is
 * in neap_store_ops.
 */
#ifndef NEAP_IO_STORE_BASE_H
#define NEAP_IO_STORE_BASE_H

#include "io/owner.h"
#include "io/store.h"
#include "io/store_sqlite.h"

#include <pthread.h>

typedef struct neap_store_ops {
    /* Take an item; its end comes through neap_store__deliver. */
    int (*submit)(neap_store *store, neap_item *item, neap_err *err);
    /* Begin to call neap_store__wake. */
    int (*watch)(neap_store *store, neap_err *err);
    bool (*alive)(const neap_store *store, int64_t owner);
    /* Write what is queued, then let go of everything it made. */
    void (*end)(neap_store *store);
} neap_store_ops;

struct neap_store {
    const neap_store_ops *ops;
    void *self; /* what the kind needs; owned by it */
    neap_loop *loop; /* borrowed */
    neap_handle handle;
    char *path;           /* owned; NULL in memory */
    pthread_mutex_t lock; /* of `engine`; held while a group is written */
    neap_sqlite engine;
    neap_reader *reader; /* owned; NULL until the first question */
    neap_owner owner;
    size_t pending; /* items handed over whose callback has not come */
    bool closing, delivering, ended;
    neap_store_fn *on_wake, *on_close;
    void *wake_ud, *close_ud, *host;
};

/* A store whose engine is still to be opened. */
neap_store *neap_store__new(const neap_store_ops *ops, neap_loop *loop);

/* Open the engine on `path` (NULL: in memory) and join the loop. On failure
 * the store is freed. */
int neap_store__start(neap_store **out, neap_store *store, bool read_only,
                      int busy_ms, neap_err *err);

/* Call everybody in the list (linked by next) and free the items. */
void neap_store__deliver(neap_store *store, neap_item *list);

void neap_store__wake(neap_store *store);

#endif

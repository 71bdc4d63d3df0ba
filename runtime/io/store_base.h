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
#include "io/timer.h"

#include <pthread.h>

typedef struct neap_store_ops {
    /* Take an item; its end comes through neap_store__deliver. */
    int (*submit)(neap_store *store, neap_item *item, neap_err *err);
    /* Patient items need not wait any longer. */
    void (*flush)(neap_store *store);
    /* Begin to call neap_store__wake. */
    int (*watch)(neap_store *store, neap_err *err);
    bool (*alive)(const neap_store *store, int64_t owner);
    /* Write what is queued, then let go of everything made; fine when nothing
     * was. */
    void (*end)(neap_store *store);
} neap_store_ops;

struct neap_store {
    const neap_store_ops *ops;
    void *self;      /* what the kind needs; owned by it */
    neap_loop *loop; /* borrowed */
    neap_handle handle;
    neap_timer closer;
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

/* A store whose engine is still to be opened; free undoes any part of it. */
neap_store *neap_store__new(const neap_store_ops *ops, neap_loop *loop);

/* It is open: the loop ends it if nobody else does. */
void neap_store__join(neap_store *store);

/* Let go of everything but the memory. */
void neap_store__end(neap_store *store);

/* Call everybody in the list (linked by next) and free the items. */
void neap_store__deliver(neap_store *store, neap_item *list);

void neap_store__wake(neap_store *store);

#endif

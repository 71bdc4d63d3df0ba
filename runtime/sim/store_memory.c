/* SPDX-License-Identifier: MIT
 *
 * store_memory: see store_memory.h. */
#include "sim/store_memory.h"

#include "io/store_base.h"

#include <stdlib.h>

/* What is handed over and waits for the next turn. */
typedef struct memory {
    neap_item *first, **end;
    neap_timer turn;
} memory;

static void on_turn(neap_loop *loop, void *ud)
{
    neap_store *store = ud;
    memory *m = store->self;
    neap_item *group = m->first;
    (void)loop;
    m->first = NULL;
    m->end = &m->first;
    neap_sqlite_commit(&store->engine, group);
    neap_store__deliver(store, group);
    neap_store__wake(store);
}

static int submit(neap_store *store, neap_item *item, neap_err *err)
{
    memory *m = store->self;
    if (m->first == NULL) {
        int rc =
            neap_timer_start(&m->turn, store->loop, 0, on_turn, store, err);
        if (rc < 0)
            return rc;
    }
    *m->end = item;
    m->end = &item->next;
    return 0;
}

/* At the next turn everything is written anyway. */
static void flush(neap_store *store)
{
    (void)store;
}

static int watch(neap_store *store, neap_err *err)
{
    (void)store;
    (void)err;
    return 0;
}

/* There is nobody else in this world. */
static bool alive(const neap_store *store, int64_t owner)
{
    return owner != 0 && owner == store->engine.owner;
}

static void stop(neap_store *store)
{
    memory *m = store->self;
    if (m == NULL)
        return;
    neap_timer_stop(&m->turn);
    for (neap_item *item = m->first, *next; item != NULL; item = next) {
        next = item->next;
        neap_item_free(item);
    }
    free(m);
    store->self = NULL;
}

static const neap_store_ops ops = {submit, flush, watch, alive, stop};

static neap_store *make(neap_loop *loop, neap_err *err)
{
    neap_store *store = neap_store__new(&ops, loop);
    memory *m = calloc(1, sizeof *m);
    if (store == NULL || m == NULL) {
        neap_store_free(store);
        free(m);
        neap_err_set(err, NEAP_ENOMEM, "opening store: out of memory");
        return NULL;
    }
    m->end = &m->first;
    store->self = m;
    return store;
}

int neap_store_memory_open(neap_store **out, neap_loop *loop, neap_err *err)
{
    neap_store *store = make(loop, err);
    int rc;
    if (store == NULL)
        return NEAP_ENOMEM;
    rc = neap_sqlite_open(&store->engine, NULL, false, 0, err);
    if (rc < 0) {
        neap_store_free(store);
        return rc;
    }
    neap_store__join(store);
    *out = store;
    return 0;
}

int neap_store_memory_restart(neap_store **out, neap_store *crashed,
                              neap_loop *loop, neap_err *err)
{
    neap_store *store;
    if (crashed->ended || crashed->delivering)
        return neap_err_set(err, NEAP_EINVAL, "restarting: the store is %s",
                            crashed->ended ? "closed" : "in a callback");
    store = make(loop, err);
    if (store == NULL)
        return NEAP_ENOMEM;
    neap_reader_free(crashed->reader);
    crashed->reader = NULL;
    neap_registry_free(crashed->engine.registry);
    store->engine = crashed->engine;
    store->engine.registry = NULL;
    store->engine.owner = 0;
    store->engine.fault.after = -1;
    crashed->engine = (neap_sqlite){0};
    neap_store__end(crashed);
    neap_store__join(store);
    *out = store;
    return 0;
}

void neap_store_memory_fail(neap_store *store, int after, int code, bool landed)
{
    store->engine.fault = (neap_sqlite_fault){after, code, landed};
}

bool neap_store_is_memory(const neap_store *store)
{
    return store->ops == &ops;
}

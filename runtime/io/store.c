/* SPDX-License-Identifier: MIT
 *
 * store: see store.h. What both stores share; the one on disk is
 * store_disk.c. */
#include "io/blob.h"
#include "io/database.h"
#include "io/sql.h"
#include "io/store_base.h"

#include <assert.h>
#include <stdlib.h>

/* --- life ----------------------------------------------------------------- */

void neap_store__end(neap_store *store)
{
    if (store->ended)
        return;
    store->ended = store->closing = true;
    neap_timer_stop(&store->closer);
    store->ops->end(store);
    neap_reader_free(store->reader);
    store->reader = NULL;
    neap_sqlite_close(&store->engine);
    if (store->owner.id != 0)
        neap_loop_hold(store->loop, -1);
    neap_owner_close(&store->owner);
    neap_handle_remove(&store->handle);
    store->pending = 0;
}

static void on_loop_closed(neap_handle *handle)
{
    neap_store__end(
        (neap_store *)((char *)handle - offsetof(neap_store, handle)));
}

neap_store *neap_store__new(const neap_store_ops *ops, neap_loop *loop)
{
    neap_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return NULL;
    store->ops = ops;
    store->loop = loop;
    store->owner = (neap_owner)NEAP_OWNER_INIT;
    pthread_mutex_init(&store->lock, NULL);
    return store;
}

void neap_store__join(neap_store *store)
{
    neap_handle_add(&store->handle, store->loop, on_loop_closed);
}

static void on_close(neap_loop *loop, void *ud)
{
    neap_store *store = ud;
    (void)loop;
    neap_store__end(store);
    if (store->on_close != NULL)
        store->on_close(store, store->close_ud); /* may free the store */
}

/* Soon, when nothing is under way any more. */
static int close_soon(neap_store *store, neap_err *err)
{
    return neap_timer_start(&store->closer, store->loop, 0, on_close, store,
                            err);
}

int neap_store_close(neap_store *store, neap_store_fn *fn, void *ud,
                     neap_err *err)
{
    int rc = 0;
    if (store->closing)
        return neap_err_set(err, NEAP_EINVAL, "closing: the store is closed");
    if (store->pending == 0)
        rc = close_soon(store, err);
    if (rc < 0)
        return rc;
    store->closing = true;
    store->on_close = fn;
    store->close_ud = ud;
    return 0;
}

void neap_store_free(neap_store *store)
{
    if (store == NULL)
        return;
    assert(!store->delivering);
    neap_store__end(store);
    pthread_mutex_destroy(&store->lock);
    free(store->path);
    free(store);
}

/* --- the way back --------------------------------------------------------- */

void neap_store__deliver(neap_store *store, neap_item *list)
{
    store->delivering = true;
    for (neap_item *item = list, *next; item != NULL; item = next) {
        next = item->next;
        store->pending--;
        item->fn(store, item);
        neap_item_free(item);
    }
    store->delivering = false;
    if (store->closing && store->pending == 0 && close_soon(store, NULL) < 0)
        on_close(store->loop, store);
}

void neap_store__wake(neap_store *store)
{
    if (store->on_wake != NULL && !store->closing)
        store->on_wake(store, store->wake_ud);
}

/* --- verbs ---------------------------------------------------------------- */

static int writable(const neap_store *store, const char *verb, neap_err *err)
{
    if (store->closing)
        return neap_err_set(err, NEAP_EINVAL, "%s: the store is closed", verb);
    if (store->engine.read_only)
        return neap_err_set(err, NEAP_EREADONLY,
                            "%s: the store was opened for reading", verb);
    return 0;
}

int neap_store_define(neap_store *store, const neap_definition *definition,
                      neap_err *err)
{
    neap_registry *registry;
    int rc;
    if (store->closing || store->engine.registry != NULL)
        return neap_err_set(err, NEAP_EINVAL, "defining: the store is %s",
                            store->closing ? "closed" : "defined already");
    rc = neap_registry_new(&registry, definition, err);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&store->lock);
    rc = neap_sqlite_define(&store->engine, definition, registry, err);
    pthread_mutex_unlock(&store->lock);
    if (rc < 0)
        neap_registry_free(registry);
    return rc;
}

int neap_store_commit(neap_store *store, neap_item *item, neap_item_fn *fn,
                      void *ud, neap_err *err)
{
    int rc = writable(store, "commit", err);
    if (rc < 0)
        return rc;
    item->next = NULL;
    item->fn = fn;
    item->ud = ud;
    rc = store->ops->submit(store, item, err);
    if (rc == 0)
        store->pending++;
    return rc;
}

void neap_store_flush(neap_store *store)
{
    if (store->pending > 0)
        store->ops->flush(store);
}

int neap_store_own(int64_t *id, neap_store *store, neap_err *err)
{
    int64_t at = neap_loop_wall(store->loop) / NEAP_MILLISECOND;
    int rc = writable(store, "owning", err);
    if (rc == 0 && store->engine.owner == 0) {
        pthread_mutex_lock(&store->lock);
        rc = neap_sqlite_own(&store->engine, &store->owner, at, err);
        pthread_mutex_unlock(&store->lock);
        neap_loop_hold(store->loop, store->owner.fd);
    }
    *id = store->engine.owner;
    return rc;
}

int neap_store_on_wake(neap_store *store, neap_store_fn *fn, void *ud,
                       neap_err *err)
{
    int rc = 0;
    if (store->closing)
        rc = neap_err_set(err, NEAP_EINVAL, "watching: the store is closed");
    else if (store->on_wake == NULL)
        rc = store->ops->watch(store, err);
    if (rc < 0)
        return rc;
    store->on_wake = fn;
    store->wake_ud = ud;
    return 0;
}

int neap_store_rebuild(neap_store *store, neap_err *err)
{
    int rc = writable(store, "rebuild", err);
    if (rc == 0 && store->engine.registry == NULL)
        rc = neap_err_set(err, NEAP_EINVAL, "rebuild: nothing is defined");
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&store->lock);
    rc = neap_sqlite_rebuild(&store->engine, err);
    pthread_mutex_unlock(&store->lock);
    return rc;
}

/* --- queries -------------------------------------------------------------- */

static int reader_of(neap_store *store, neap_err *err)
{
    sqlite3 *db = NULL;
    if (store->closing)
        return neap_err_set(err, NEAP_EINVAL, "query: the store is closed");
    if (store->reader != NULL)
        return 0;
    if (store->path == NULL || store->engine.read_only)
        db = store->engine.db; /* nobody writes with it while we read */
    return neap_reader_new(&store->reader, store->path, db, err);
}

int neap_store_query(neap_rows **out, neap_store *store, const char *sql,
                     size_t len, neap_err *err)
{
    int rc = reader_of(store, err);
    return rc < 0 ? rc : neap_rows_open(out, store->reader, sql, len, err);
}

const neap_registry *neap_store_registry(const neap_store *store)
{
    return store->engine.registry;
}

bool neap_store_alive(const neap_store *store, int64_t owner)
{
    return !store->ended && store->ops->alive(store, owner);
}

bool neap_store_is_closed(const neap_store *store)
{
    return store->closing;
}

const char *neap_store_path(const neap_store *store)
{
    return store->path;
}

neap_loop *neap_store_loop(const neap_store *store)
{
    return store->loop;
}

void neap_store_set_host(neap_store *store, void *host)
{
    store->host = host;
}

void *neap_store_host(const neap_store *store)
{
    return store->host;
}

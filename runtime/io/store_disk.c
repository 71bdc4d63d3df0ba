/* SPDX-License-Identifier: MIT
 *
 * store_disk: the store on disk: the thread that writes, and the file that
 * wakes other processes.
 *
 * The loop gathers the items of one turn, hands them over before it waits (and
 * earlier when there are many, so that both work at once), and reads `done`;
 * the thread does the opposite. `queue` and `done`, and nothing else, are under
 * `lock`. The engine is under the store's own lock, which the thread holds
 * while it writes a group. */
#include "io/database.h"
#include "io/notice.h"
#include "io/store_base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

/* A group is at most this. */
enum { GROUP_ITEMS = 1000, GROUP_BYTES = 1 << 20 };

typedef struct list {
    neap_item *first, **end;
} list;

typedef struct disk {
    neap_store *store;
    uv_async_t done_async;
    uv_prepare_t turn_end; /* active while something urgent is gathered */
    uv_timer_t patience;   /* active while something patient is gathered */
    list gathered;         /* of this turn; the loop's alone */
    int count;             /* of them */
    int open;              /* handles whose close callback is to come */
    neap_notice notice;    /* of DIR/wake */
    int wake;              /* descriptor of DIR/wake */
    bool running;          /* the thread was started */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;
    bool stopping;
    list queue, done;
} disk;

static void list_init(list *l)
{
    l->first = NULL;
    l->end = &l->first;
}

/* --- the thread ----------------------------------------------------------- */

/* The next group, cut from the queue; the lock is held. */
static neap_item *take(disk *d, neap_item ***end)
{
    neap_item *group = d->queue.first, *item = group;
    size_t bytes = neap_item_size(item);
    int count = 1;
    while (item->next != NULL && count < GROUP_ITEMS) {
        bytes += neap_item_size(item->next);
        if (bytes > GROUP_BYTES)
            break;
        item = item->next;
        count++;
    }
    d->queue.first = item->next;
    if (item->next == NULL)
        d->queue.end = &d->queue.first;
    item->next = NULL;
    *end = &item->next;
    return group;
}

static bool any_done(const neap_item *group)
{
    while (group != NULL && group->err.code != 0)
        group = group->next;
    return group != NULL;
}

static void write_group(disk *d, neap_item *group, neap_item **end)
{
    neap_store *store = d->store;
    bool wake;
    pthread_mutex_lock(&store->lock);
    neap_sqlite_commit(&store->engine, group);
    pthread_mutex_unlock(&store->lock);
    wake = any_done(group);
    pthread_mutex_lock(&d->lock);
    *d->done.end = group;
    d->done.end = end;
    pthread_mutex_unlock(&d->lock);
    uv_async_send(&d->done_async);
    if (wake)
        futimens(d->wake, NULL);
    pthread_mutex_lock(&store->lock);
    neap_sqlite_checkpoint(&store->engine);
    pthread_mutex_unlock(&store->lock);
}

static void *writer(void *ud)
{
    disk *d = ud;
    pthread_mutex_lock(&d->lock);
    for (;;) {
        neap_item *group, **end;
        while (d->queue.first == NULL && !d->stopping)
            pthread_cond_wait(&d->work, &d->lock);
        if (d->queue.first == NULL)
            break;
        group = take(d, &end);
        pthread_mutex_unlock(&d->lock);
        write_group(d, group, end);
        pthread_mutex_lock(&d->lock);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

/* Signals are the host's business and never this thread's. */
static int start_thread(disk *d, neap_err *err)
{
    sigset_t all, before;
    int rc;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&d->thread, NULL, writer, d);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0)
        return neap_err_sys(err, rc, "starting the thread that writes");
    d->running = true;
    return 0;
}

/* --- the loop ------------------------------------------------------------- */

static void on_done(uv_async_t *async)
{
    disk *d = async->data;
    neap_item *done;
    pthread_mutex_lock(&d->lock);
    done = d->done.first;
    list_init(&d->done);
    pthread_mutex_unlock(&d->lock);
    neap_store__deliver(d->store, done);
    if (d->store->pending == 0 && !uv_is_closing((uv_handle_t *)async))
        uv_unref((uv_handle_t *)async);
}

/* What the turn came to, as one group or as part of the next. */
static void hand_over(disk *d)
{
    bool idle;
    if (d->gathered.first == NULL)
        return;
    pthread_mutex_lock(&d->lock);
    idle = d->queue.first == NULL;
    *d->queue.end = d->gathered.first;
    d->queue.end = d->gathered.end;
    pthread_mutex_unlock(&d->lock);
    list_init(&d->gathered);
    d->count = 0;
    uv_timer_stop(&d->patience);
    if (idle)
        pthread_cond_signal(&d->work);
}

static void on_patience_end(uv_timer_t *handle)
{
    hand_over(handle->data);
}

static void on_turn_end(uv_prepare_t *handle)
{
    uv_prepare_stop(handle);
    hand_over(handle->data);
}

/* Half of a hundred runs that wait for each other's group: measured best from
 * 24 to 64 (spec/bench, W2). */
#define MANY 48

#define PATIENCE 10 /* ms */

static int submit(neap_store *store, neap_item *item, neap_err *err)
{
    disk *d = store->self;
    if (!d->running) {
        int rc = start_thread(d, err);
        if (rc < 0)
            return rc;
    }
    *d->gathered.end = item;
    d->gathered.end = &item->next;
    if (++d->count == MANY)
        hand_over(d);
    else if (!item->patient)
        uv_prepare_start(&d->turn_end, on_turn_end);
    else if (!uv_is_active((uv_handle_t *)&d->patience))
        uv_timer_start(&d->patience, on_patience_end, PATIENCE, 0);
    uv_ref((uv_handle_t *)&d->done_async);
    return 0;
}

static void flush(neap_store *store)
{
    disk *d = store->self;
    uv_prepare_start(&d->turn_end, on_turn_end);
}

static void on_wake(void *ud)
{
    neap_store__wake(ud);
}

static int watch(neap_store *store, neap_err *err)
{
    disk *d = store->self;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/wake", store->path);
    return neap_notice_path(&d->notice, store->loop, path, on_wake, store, err);
}

static bool alive(const neap_store *store, int64_t owner)
{
    return neap_owner_alive(&store->owner, owner);
}

static void on_handle_closed(uv_handle_t *handle)
{
    disk *d = handle->data;
    if (--d->open == 0)
        free(d);
}

static void stop(neap_store *store)
{
    disk *d = store->self;
    if (d == NULL)
        return;
    hand_over(d);
    pthread_mutex_lock(&d->lock);
    d->stopping = true;
    pthread_mutex_unlock(&d->lock);
    pthread_cond_signal(&d->work);
    if (d->running)
        pthread_join(d->thread, NULL);
    for (neap_item *item = d->done.first, *next; item != NULL; item = next) {
        next = item->next;
        neap_item_free(item);
    }
    neap_notice_stop(&d->notice);
    if (d->wake >= 0)
        close(d->wake);
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->work);
    store->self = NULL;
    uv_close((uv_handle_t *)&d->done_async, on_handle_closed);
    uv_close((uv_handle_t *)&d->turn_end, on_handle_closed);
    uv_close((uv_handle_t *)&d->patience, on_handle_closed);
}

static const neap_store_ops ops = {submit, flush, watch, alive, stop};

/* --- opening -------------------------------------------------------------- */

static int open_disk(neap_store *store, bool read_only, neap_err *err)
{
    char path[PATH_MAX];
    disk *d = calloc(1, sizeof *d);
    if (d == NULL)
        return neap_err_set(err, NEAP_ENOMEM, "opening store: out of memory");
    snprintf(path, sizeof path, "%s/wake", store->path);
    d->wake = read_only ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (d->wake < 0 && !read_only) {
        int rc = neap_err_sys(err, errno, "opening %s", path);
        free(d);
        return rc;
    }
    d->store = store;
    d->done_async.data = d->turn_end.data = d->patience.data = d;
    d->open = 3;
    list_init(&d->gathered);
    list_init(&d->queue);
    list_init(&d->done);
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->work, NULL);
    uv_async_init(neap_loop_uv(store->loop), &d->done_async, on_done);
    uv_prepare_init(neap_loop_uv(store->loop), &d->turn_end);
    uv_timer_init(neap_loop_uv(store->loop), &d->patience);
    uv_unref((uv_handle_t *)&d->done_async);
    uv_unref((uv_handle_t *)&d->turn_end);
    uv_unref((uv_handle_t *)&d->patience);
    store->self = d;
    return 0;
}

/* Refuse what must be refused, then make what is missing. */
static int prepare_place(const neap_store_options *o, neap_err *err)
{
    int rc = neap_database_check(o->path, err);
    if (rc == NEAP_ENOENT && o->create && !o->read_only)
        rc = 0;
    return rc < 0 || o->read_only ? rc : neap_database_make(o->path, err);
}

int neap_store_open(neap_store **out, neap_loop *loop,
                    const neap_store_options *o, neap_err *err)
{
    neap_store *store;
    int rc = prepare_place(o, err);
    if (rc < 0)
        return rc;
    store = neap_store__new(&ops, loop);
    if (store == NULL || (store->path = strdup(o->path)) == NULL)
        rc = neap_err_set(err, NEAP_ENOMEM, "opening store: out of memory");
    if (rc == 0)
        rc = neap_owner_open(&store->owner, store->path, o->read_only, err);
    if (rc == 0)
        rc = neap_sqlite_open(&store->engine, store->path, o->read_only,
                              o->busy_ms, err);
    if (rc == 0)
        rc = open_disk(store, o->read_only, err);
    if (rc < 0) {
        neap_store_free(store);
        return rc;
    }
    neap_store__join(store);
    *out = store;
    return 0;
}

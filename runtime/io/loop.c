/* SPDX-License-Identifier: MIT
 *
 * loop: see loop.h. What both worlds share; the real one is loop_uv.c. */
#include "io/loop_base.h"

#include <assert.h>
#include <stdlib.h>

void neap_loop__init(neap_loop *loop, const neap_loop_ops *ops, uint64_t seed)
{
    loop->ops = ops;
    neap_timerq_init(&loop->timers, NULL);
    neap_timerq_init(&loop->alarms, NULL);
    neap_rng_init(&loop->random, seed);
    loop->held = -1;
    loop->handles.prev = loop->handles.next = &loop->handles;
}

void neap_loop_close(neap_loop *loop)
{
    if (loop == NULL)
        return;
    assert(!loop->busy);
    neap_worker__close(loop);
    while (loop->handles.prev != &loop->handles) {
        neap_handle *newest = loop->handles.prev;
        newest->end(newest);
        assert(loop->handles.prev != newest);
    }
    loop->firing = true; /* nothing needs arming any more */
    while (neap_timerq_take(&loop->ready) != NULL)
        ;
    neap_timerq_deinit(&loop->timers);
    neap_timerq_deinit(&loop->alarms);
    free(loop->deferred);
    loop->deferred = NULL;
    loop->deferred_count = loop->deferred_cap = 0;
    loop->ops->free(loop);
}

void neap_handle_add(neap_handle *handle, neap_loop *loop,
                     void (*end)(neap_handle *handle))
{
    handle->loop = loop;
    handle->end = end;
    handle->next = &loop->handles;
    handle->prev = loop->handles.prev;
    handle->prev->next = handle;
    handle->next->prev = handle;
    loop->handle_count++;
}

void neap_handle_remove(neap_handle *handle)
{
    if (handle->loop == NULL)
        return;
    handle->prev->next = handle->next;
    handle->next->prev = handle->prev;
    handle->loop->handle_count--;
    handle->loop = NULL;
}

/* What a stop has left over is due now. */
static void begin(neap_loop *loop)
{
    loop->busy = true;
    loop->stopped = false;
    if (loop->ready.first != NULL)
        loop->ops->arm(loop);
}

bool neap_loop_run(neap_loop *loop)
{
    bool left = true;
    assert(!loop->busy);
    begin(loop);
    while (left && !loop->stopped)
        left = loop->ops->turn(loop, true);
    loop->busy = false;
    return left || neap_loop__waits(loop);
}

bool neap_loop_step(neap_loop *loop)
{
    bool left;
    assert(!loop->busy);
    begin(loop);
    left = loop->ops->turn(loop, false);
    loop->busy = false;
    return left;
}

void neap_loop_stop(neap_loop *loop)
{
    loop->stopped = true;
}

/* Double the ring, unrolling it to the front of the new memory. */
static int grow(neap_loop *loop, neap_err *err)
{
    size_t cap = loop->deferred_cap != 0 ? loop->deferred_cap * 2 : 16;
    neap_deferred *ring = malloc(cap * sizeof *ring);
    if (ring == NULL)
        return neap_err_set(err, NEAP_ENOMEM, "cannot defer: out of memory");
    for (size_t i = 0; i < loop->deferred_count; i++)
        ring[i] =
            loop->deferred[(loop->deferred_at + i) & (loop->deferred_cap - 1)];
    free(loop->deferred);
    loop->deferred = ring;
    loop->deferred_at = 0;
    loop->deferred_cap = cap;
    return 0;
}

int neap_loop_defer(neap_loop *loop, neap_loop_fn fn, void *ud, neap_err *err)
{
    size_t at;
    if (loop->deferred_count == loop->deferred_cap && grow(loop, err) != 0)
        return NEAP_ENOMEM;
    at = (loop->deferred_at + loop->deferred_count) & (loop->deferred_cap - 1);
    loop->deferred[at].fn = fn;
    loop->deferred[at].ud = ud;
    if (loop->deferred_count++ == 0)
        loop->ops->arm(loop);
    return 0;
}

void neap_loop__drain(neap_loop *loop)
{
    for (size_t left = loop->deferred_count; left > 0 && !loop->stopped;
         left--) {
        neap_deferred next = loop->deferred[loop->deferred_at];
        loop->deferred_at = (loop->deferred_at + 1) & (loop->deferred_cap - 1);
        loop->deferred_count--;
        next.fn(loop, next.ud);
    }
    loop->ops->arm(loop);
}

bool neap_loop__fire(neap_loop *loop)
{
    bool fired = false;
    neap_timer *timer;
    loop->firing = true;
    if (neap_timerq_count(&loop->timers) > 0)
        neap_timerq_collect(&loop->timers, &loop->ready, neap_loop_now(loop));
    if (neap_timerq_count(&loop->alarms) > 0)
        neap_timerq_collect(&loop->alarms, &loop->ready, neap_loop_wall(loop));
    while (!loop->stopped &&
           (timer = (neap_timer *)neap_timerq_take(&loop->ready)) != NULL) {
        timer->fn(loop, timer->ud);
        fired = true;
    }
    loop->ops->arm(loop);
    loop->firing = false;
    return fired;
}

int64_t neap_loop_now(neap_loop *loop)
{
    return loop->ops->now(loop);
}

int64_t neap_loop_wall(neap_loop *loop)
{
    return loop->ops->wall(loop);
}

double neap_loop_random(neap_loop *loop)
{
    return neap_rng_unit(&loop->random);
}

bool neap_loop__waits(const neap_loop *loop)
{
    return loop->deferred_count > 0 || loop->ready.first != NULL ||
           neap_timerq_count(&loop->timers) > 0 ||
           neap_timerq_count(&loop->alarms) > 0;
}

bool neap_loop_busy(const neap_loop *loop)
{
    return loop->busy;
}

size_t neap_loop_pending(const neap_loop *loop)
{
    size_t ready = 0;
    for (neap_timerq_entry *e = loop->ready.first; e != NULL; e = e->next)
        ready++;
    return loop->handle_count + neap_timerq_count(&loop->timers) +
           neap_timerq_count(&loop->alarms) + loop->deferred_count + ready +
           neap_worker__under_way(loop);
}

int neap_loop_fd(neap_loop *loop)
{
    return loop->ops->fd(loop);
}

int64_t neap_loop_timeout(neap_loop *loop)
{
    return loop->ops->timeout(loop);
}

struct uv_loop_s *neap_loop_uv(neap_loop *loop)
{
    return loop->ops->uv(loop);
}

void neap_loop_hold(neap_loop *loop, int fd)
{
    loop->held = fd;
}

void neap_loop_set_host(neap_loop *loop, void *host)
{
    loop->host = host;
}

void *neap_loop_host(const neap_loop *loop)
{
    return loop->host;
}

/* SPDX-License-Identifier: MIT
 *
 * timer: see timer.h. */
#include "io/loop_base.h"

#include <stdlib.h>

static bool before(const neap_timer *a, const neap_timer *b)
{
    return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void put(neap_timers *timers, size_t slot, neap_timer *timer)
{
    timers->heap[slot] = timer;
    timer->slot = slot;
}

static void sift_up(neap_timers *timers, size_t slot)
{
    neap_timer *timer = timers->heap[slot];
    while (slot > 0 && before(timer, timers->heap[(slot - 1) / 2])) {
        put(timers, slot, timers->heap[(slot - 1) / 2]);
        slot = (slot - 1) / 2;
    }
    put(timers, slot, timer);
}

static void sift_down(neap_timers *timers, size_t slot)
{
    neap_timer *timer = timers->heap[slot];
    for (size_t child; (child = 2 * slot + 1) < timers->count; slot = child) {
        if (child + 1 < timers->count &&
            before(timers->heap[child + 1], timers->heap[child]))
            child++;
        if (!before(timers->heap[child], timer))
            break;
        put(timers, slot, timers->heap[child]);
    }
    put(timers, slot, timer);
}

static int push(neap_timers *timers, neap_timer *timer, neap_err *err)
{
    if (timers->count == timers->cap) {
        size_t cap = timers->cap != 0 ? timers->cap * 2 : 16;
        neap_timer **heap = realloc(timers->heap, cap * sizeof *heap);
        if (heap == NULL)
            return neap_err_set(err, NEAP_ENOMEM,
                                "cannot start a timer: out of memory");
        timers->heap = heap;
        timers->cap = cap;
    }
    timer->order = timers->order++;
    put(timers, timers->count++, timer);
    sift_up(timers, timer->slot);
    return 0;
}

static void take(neap_timers *timers, neap_timer *timer)
{
    size_t slot = timer->slot;
    neap_timer *last = timers->heap[--timers->count];
    if (last == timer)
        return;
    put(timers, slot, last);
    sift_up(timers, slot);
    sift_down(timers, last->slot);
}

static int start(neap_timer *timer, neap_loop *loop, bool wall, double at,
                 neap_err *err)
{
    neap_timers *timers = wall ? &loop->alarms : &loop->timers;
    neap_timer_stop(timer);
    timer->at = at;
    timer->wall = wall;
    if (push(timers, timer, err) != 0)
        return NEAP_ENOMEM;
    timer->loop = loop;
    if (timer->slot == 0 && !loop->firing)
        loop->ops->arm(loop);
    return 0;
}

int neap_timer_start(neap_timer *timer, neap_loop *loop, double delay,
                     neap_loop_fn fn, void *ud, neap_err *err)
{
    timer->fn = fn;
    timer->ud = ud;
    return start(timer, loop, false,
                 neap_loop_now(loop) + (delay > 0 ? delay : 0), err);
}

int neap_timer_start_at(neap_timer *timer, neap_loop *loop, double at,
                        neap_loop_fn fn, void *ud, neap_err *err)
{
    timer->fn = fn;
    timer->ud = ud;
    return start(timer, loop, true, at, err);
}

static void unready(neap_timer *timer)
{
    neap_loop *loop = timer->loop;
    if (timer->prev != NULL)
        timer->prev->next = timer->next;
    else
        loop->ready_first = timer->next;
    if (timer->next != NULL)
        timer->next->prev = timer->prev;
    else
        loop->ready_last = timer->prev;
    timer->ready = false;
    timer->prev = timer->next = NULL;
}

void neap_timer_stop(neap_timer *timer)
{
    neap_loop *loop = timer->loop;
    bool first = timer->ready || timer->slot == 0;
    if (loop == NULL)
        return;
    if (timer->ready)
        unready(timer);
    else
        take(timer->wall ? &loop->alarms : &loop->timers, timer);
    timer->loop = NULL;
    if (first && !loop->firing)
        loop->ops->arm(loop);
}

bool neap_timer_active(const neap_timer *timer)
{
    return timer->loop != NULL;
}

neap_timer *neap_timers__first(const neap_timers *timers)
{
    return timers->count > 0 ? timers->heap[0] : NULL;
}

void neap_timers__collect(neap_timers *timers, neap_loop *loop, double now)
{
    while (timers->count > 0 && timers->heap[0]->at <= now) {
        neap_timer *timer = timers->heap[0];
        take(timers, timer);
        timer->ready = true;
        timer->next = NULL;
        timer->prev = loop->ready_last;
        if (loop->ready_last != NULL)
            loop->ready_last->next = timer;
        else
            loop->ready_first = timer;
        loop->ready_last = timer;
    }
}

void neap_timers__clear(neap_timers *timers)
{
    for (size_t i = 0; i < timers->count; i++)
        timers->heap[i]->loop = NULL;
    free(timers->heap);
    *timers = (neap_timers){0};
}

/* SPDX-License-Identifier: MIT
 *
 * timer: see timer.h. */
#include "io/loop_base.h"

static int start(neap_timer *timer, neap_loop *loop, neap_timerq *queue,
                 int64_t at, neap_err *err)
{
    int rc = neap_timerq_start(queue, &timer->entry, at, err);
    timer->loop = loop;
    if (!loop->firing)
        loop->ops->arm(loop);
    return rc;
}

int neap_timer_start(neap_timer *timer, neap_loop *loop, int64_t delay,
                     neap_loop_fn fn, void *ud, neap_err *err)
{
    int64_t now = neap_loop_now(loop);
    timer->fn = fn;
    timer->ud = ud;
    return start(timer, loop, &loop->timers,
                 neap_duration_add(now, delay > 0 ? delay : 0), err);
}

int neap_timer_start_at(neap_timer *timer, neap_loop *loop, int64_t at,
                        neap_loop_fn fn, void *ud, neap_err *err)
{
    timer->fn = fn;
    timer->ud = ud;
    return start(timer, loop, &loop->alarms, at, err);
}

void neap_timer_stop(neap_timer *timer)
{
    if (!neap_timer_active(timer))
        return;
    neap_timerq_stop(&timer->entry);
    if (!timer->loop->firing)
        timer->loop->ops->arm(timer->loop);
}

bool neap_timer_active(const neap_timer *timer)
{
    return neap_timerq_active(&timer->entry);
}

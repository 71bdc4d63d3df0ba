/* SPDX-License-Identifier: MIT
 *
 * sim/loop: see loop.h. */
#include "sim/sim.h"

#include <stdlib.h>

static neap_sim *self(neap_loop *loop)
{
    return (neap_sim *)loop;
}

static double now(neap_loop *loop)
{
    return self(loop)->time;
}

static double wall(neap_loop *loop)
{
    return self(loop)->wall + self(loop)->time;
}

/* Jump to the next deadline; false when there is none. A wall time is so large
 * a number that its sum may round to just before the alarm. */
static bool jump(neap_sim *s)
{
    neap_timer *timer = neap_timers__first(&s->base.timers);
    neap_timer *alarm = neap_timers__first(&s->base.alarms);
    if (timer == NULL && alarm == NULL)
        return false;
    if (alarm == NULL || (timer != NULL && timer->at <= alarm->at - s->wall)) {
        s->time = timer->at > s->time ? timer->at : s->time;
        return true;
    }
    if (alarm->at - s->wall > s->time)
        s->time = alarm->at - s->wall;
    while (s->wall + s->time < alarm->at)
        s->time += 1e-7;
    return true;
}

static bool left(const neap_loop *loop)
{
    return loop->deferred_count > 0 || loop->ready_first != NULL ||
           loop->timers.count > 0 || loop->alarms.count > 0;
}

static bool turn(neap_loop *loop, bool block)
{
    bool ran = loop->deferred_count > 0;
    (void)block;
    neap_loop__drain(loop);
    ran = neap_loop__fire(loop) || ran;
    if (!ran && !loop->stopped && jump(self(loop)))
        neap_loop__fire(loop);
    return left(loop);
}

static void arm(neap_loop *loop)
{
    (void)loop; /* every turn looks for itself */
}

static int fd(neap_loop *loop)
{
    (void)loop;
    return -1;
}

static double timeout(neap_loop *loop)
{
    return left(loop) ? 0 : -1;
}

static struct uv_loop_s *uv(neap_loop *loop)
{
    (void)loop;
    return NULL;
}

static void sim_free(neap_loop *loop)
{
    free(self(loop)->next);
    free(loop);
}

static const neap_loop_ops ops = {now,     wall, turn,
                                  arm,     fd,   timeout,
                                  uv,      neap_sim__spawn,
                                  sim_free};

int neap_sim_new(neap_loop **out, const neap_sim_options *options,
                 neap_err *err)
{
    neap_sim *s = calloc(1, sizeof *s);
    if (s == NULL)
        return neap_err_set(err, NEAP_ENOMEM,
                            "cannot open a simulated loop: no memory");
    neap_loop__init(&s->base, &ops, options->seed);
    s->wall = options->wall;
    *out = &s->base;
    return 0;
}

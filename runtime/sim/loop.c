/* SPDX-License-Identifier: MIT
 *
 * sim/loop: see loop.h. */
#include "sim/sim.h"

#include <stdlib.h>

static neap_sim *self(neap_loop *loop)
{
    return (neap_sim *)loop;
}

static int64_t now(neap_loop *loop)
{
    return self(loop)->time;
}

static int64_t wall(neap_loop *loop)
{
    return self(loop)->wall + self(loop)->time;
}

/* Jump to the next deadline; false when there is none. */
static bool jump(neap_sim *s)
{
    int64_t timer = neap_timerq_next(&s->base.timers);
    int64_t alarm = neap_timerq_next(&s->base.alarms);
    int64_t at = alarm != NEAP_NEVER ? alarm - s->wall : NEAP_NEVER;
    at = timer < at ? timer : at;
    if (at == NEAP_NEVER)
        return false;
    s->time = at > s->time ? at : s->time;
    return true;
}

static bool turn(neap_loop *loop, bool block)
{
    bool ran = loop->deferred_count > 0;
    (void)block;
    neap_loop__drain(loop);
    ran = neap_loop__fire(loop) || ran;
    if (!ran && !loop->stopped && jump(self(loop)))
        neap_loop__fire(loop);
    return neap_timerq_next(&loop->timers) != NEAP_NEVER ||
           neap_timerq_next(&loop->alarms) != NEAP_NEVER ||
           loop->deferred_count > 0 || loop->ready.first != NULL;
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

static int64_t timeout(neap_loop *loop)
{
    return neap_loop__waits(loop) ? 0 : NEAP_NEVER;
}

static struct uv_loop_s *uv(neap_loop *loop)
{
    (void)loop;
    return NULL;
}

void neap_sim_set_wall(neap_loop *loop, int64_t wall)
{
    self(loop)->wall = wall - self(loop)->time;
}

static void sim_free(neap_loop *loop)
{
    free(self(loop)->next);
    free(loop);
}

static const neap_loop_ops ops = {
    now, wall, turn, arm, fd, timeout, uv, neap_sim__spawn, sim_free};

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

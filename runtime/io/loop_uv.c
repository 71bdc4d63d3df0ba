/* SPDX-License-Identifier: MIT
 *
 * loop_uv: the real world on a libuv loop of our own.
 *
 * Owns: how deadlines and deferred functions become libuv's business: one
 * uv_timer for all timers, one timerfd for all alarms, an idle handle that is
 * active while something is deferred. Uses: libuv, timerfd. */
#include "io/loop_uv.h"

#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

static neap_loop_uv_state *self(neap_loop *loop)
{
    return (neap_loop_uv_state *)loop;
}

static int64_t now(neap_loop *loop)
{
    (void)loop;
    return neap_clock_monotonic_ns();
}

static int64_t wall(neap_loop *loop)
{
    (void)loop;
    return neap_clock_wall_ns();
}

static void on_idle(uv_idle_t *idle)
{
    neap_loop__drain(idle->data);
}

/* libuv looks at its timers before it looks at the world. After a while in
 * which nobody did (Ctrl-Z, a long function of Lua) a process that ended in
 * time would meet its timeout first, so the timers wait for that look, and
 * those that an alarm finds due wait for the rest of it. */
static void on_due(uv_timer_t *timer)
{
    neap_loop_uv_state *s = timer->data;
    s->armed = NEAP_NEVER;
    s->due = true;
    uv_idle_start(&s->idle, on_idle); /* a look without waiting */
}

static void on_alarm(uv_poll_t *poll, int status, int events)
{
    neap_loop_uv_state *s = poll->data;
    uint64_t ticks;
    (void)status;
    (void)events;
    /* ECANCELED: the clock was set. Either way: look again. */
    while (read(s->alarm_fd, &ticks, sizeof ticks) < 0 && errno == EINTR)
        ;
    s->alarm_spent = true;
    s->due = true;
}

static void on_check(uv_check_t *check)
{
    neap_loop *loop = check->data;
    neap_loop_uv_state *s = self(loop);
    if (s->due) {
        s->due = false;
        neap_loop__fire(loop);
    }
    if (loop->deferred_count > 0)
        neap_loop__drain(loop);
}

/* libuv counts whole milliseconds: rounded up, so as not to be early. */
static void arm_timer(neap_loop_uv_state *s)
{
    int64_t at = neap_timerq_next(&s->base.timers), wait;
    if (s->due)
        return;
    if (s->base.ready.first != NULL) /* left over by a stop */
        at = s->base.stopped ? NEAP_NEVER : 0;
    if (at == s->armed)
        return;
    s->armed = at;
    if (at == NEAP_NEVER) {
        uv_timer_stop(&s->timer);
        return;
    }
    wait = at - now(&s->base);
    uv_update_time(&s->uv);
    uv_timer_start(&s->timer, on_due,
                   wait > 0 ? (uint64_t)(wait - 1) / NEAP_MILLISECOND + 1 : 0,
                   0);
}

static void arm_alarm(neap_loop_uv_state *s)
{
    int64_t at = neap_timerq_next(&s->base.alarms);
    struct itimerspec when = {0};
    if (at == s->alarmed && !s->alarm_spent)
        return;
    s->alarmed = at;
    s->alarm_spent = false;
    if (at != NEAP_NEVER) {
        int64_t ns = at > 0 ? at : 1; /* 0 would turn it off */
        when.it_value.tv_sec = ns / NEAP_SECOND;
        when.it_value.tv_nsec = ns % NEAP_SECOND;
        uv_ref((uv_handle_t *)&s->alarm);
    } else {
        uv_unref((uv_handle_t *)&s->alarm);
    }
    timerfd_settime(s->alarm_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
                    &when, NULL);
}

static void arm(neap_loop *loop)
{
    neap_loop_uv_state *s = self(loop);
    arm_timer(s);
    arm_alarm(s);
    if (loop->deferred_count > 0 || s->due)
        uv_idle_start(&s->idle, on_idle);
    else
        uv_idle_stop(&s->idle);
}

static bool turn(neap_loop *loop, bool block)
{
    neap_loop_uv_state *s = self(loop);
    return uv_run(&s->uv, block ? UV_RUN_ONCE : UV_RUN_NOWAIT) != 0;
}

static int fd(neap_loop *loop)
{
    return uv_backend_fd(&self(loop)->uv);
}

/* libuv says 0 for a loop that is not alive, which would make a host spin. */
static int64_t timeout(neap_loop *loop)
{
    neap_loop_uv_state *s = self(loop);
    int ms;
    if (!uv_loop_alive(&s->uv))
        return NEAP_NEVER;
    uv_update_time(&s->uv);
    ms = uv_backend_timeout(&s->uv);
    return ms < 0 ? NEAP_NEVER : ms * NEAP_MILLISECOND;
}

static uv_loop_t *uv(neap_loop *loop)
{
    return &self(loop)->uv;
}

static void loop_free(neap_loop *loop)
{
    neap_loop_uv_state *s = self(loop);
    int rc;
    uv_close((uv_handle_t *)&s->timer, NULL);
    uv_close((uv_handle_t *)&s->idle, NULL);
    uv_close((uv_handle_t *)&s->check, NULL);
    uv_close((uv_handle_t *)&s->alarm, NULL);
    neap_poller_deinit(&s->poller);
    uv_run(&s->uv, UV_RUN_DEFAULT);
    rc = uv_loop_close(&s->uv);
    assert(rc == 0); /* else a handle was not on the list */
    (void)rc;
    close(s->alarm_fd);
    if (s->null_fd >= 0)
        close(s->null_fd);
    free(s->scratch);
    free(s);
}

static const neap_loop_ops ops = {
    now, wall, turn, arm, fd, timeout, uv, neap_process__spawn, loop_free};

/* The libuv side, whose first two steps can fail for want of descriptors. */
static int open_uv(neap_loop_uv_state *s)
{
    int rc = uv_loop_init(&s->uv);
    if (rc != 0)
        return rc;
    s->alarm_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (s->alarm_fd < 0) {
        rc = -errno;
        uv_loop_close(&s->uv);
        return rc;
    }
    uv_timer_init(&s->uv, &s->timer);
    uv_idle_init(&s->uv, &s->idle);
    uv_check_init(&s->uv, &s->check);
    uv_poll_init(&s->uv, &s->alarm, s->alarm_fd);
    s->timer.data = s->alarm.data = s;
    s->idle.data = s->check.data = &s->base;
    uv_check_start(&s->check, on_check);
    uv_poll_start(&s->alarm, UV_READABLE, on_alarm);
    uv_unref((uv_handle_t *)&s->check);
    uv_unref((uv_handle_t *)&s->alarm);
    return 0;
}

int neap_loop_new(neap_loop **out, neap_err *err)
{
    neap_loop_uv_state *s = calloc(1, sizeof *s);
    uint64_t seed = 0;
    int rc;
    if (s == NULL)
        return neap_err_set(err, NEAP_ENOMEM, "cannot open a loop: no memory");
    rc = open_uv(s);
    if (rc != 0) {
        free(s);
        return neap_err_sys(err, -rc, "cannot open a loop");
    }
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        seed = (uint64_t)neap_clock_monotonic_ns();
    neap_loop__init(&s->base, &ops, seed);
    s->armed = s->alarmed = NEAP_NEVER;
    neap_poller_init(&s->poller, &s->uv);
    s->null_fd = -1;
    *out = &s->base;
    return 0;
}

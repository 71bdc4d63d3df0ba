/* SPDX-License-Identifier: MIT
 *
 * Alarms of the real loop while somebody sets the machine's clock, which is
 * played here: what the kernel is told of the clock and the timerfd, and what
 * it says, goes through the calls below. Order and stopping are in
 * spec/io/timer_spec.lua. */
#include "unit.h"

#include "base/clock.h"
#include "io/timer.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MINUTE (60 * NEAP_SECOND)
#define HOUR   (60 * MINUTE)

/* --- the kernel ----------------------------------------------------------- */

static struct {
    int64_t ahead; /* of the machine's clock */
    int fd, flags; /* the timerfd, as it was set last */
    int64_t at;
    int sets; /* how often it was */
    bool set; /* the clock was, and nobody has read of it */
} kernel;

int clock_gettime(clockid_t clock, struct timespec *out)
{
    int rc = (int)syscall(SYS_clock_gettime, clock, out);
    if (rc == 0 && clock == CLOCK_REALTIME)
        out->tv_sec += kernel.ahead / NEAP_SECOND; /* set by whole seconds */
    return rc;
}

static void ring_in(int64_t ns)
{
    struct itimerspec when = {
        .it_value = {ns / NEAP_SECOND, ns % NEAP_SECOND + 1}};
    syscall(SYS_timerfd_settime, kernel.fd, 0, &when, NULL);
}

int timerfd_settime(int fd, int flags, const struct itimerspec *when,
                    struct itimerspec *old)
{
    const struct itimerspec off = {0};
    int64_t left;
    kernel.sets++;
    kernel.fd = fd;
    kernel.flags = flags;
    kernel.at = when->it_value.tv_sec * NEAP_SECOND + when->it_value.tv_nsec;
    left = kernel.at - neap_clock_wall_ns();
    if (kernel.at == 0)
        return (int)syscall(SYS_timerfd_settime, fd, 0, &off, old);
    ring_in(left > 0 ? left : 0);
    return 0;
}

ssize_t read(int fd, void *bytes, size_t len)
{
    ssize_t got = syscall(SYS_read, fd, bytes, len);
    if (fd != kernel.fd || !kernel.set)
        return got;
    kernel.set = false;
    errno = ECANCELED;
    return -1;
}

/* Who waits with both flags hears of it at once. */
static void set_clock(int64_t by)
{
    kernel.ahead += by;
    kernel.set =
        kernel.flags == (TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET) &&
        kernel.at != 0;
    if (kernel.set)
        ring_in(0);
}

/* --- a loop with two alarms ----------------------------------------------- */

typedef struct world {
    neap_loop *loop;
    neap_timer alarm, later, watch;
    int64_t due;
    int rung, rung_later;
} world;

static void on_alarm(neap_loop *loop, void *ud)
{
    world *w = ud;
    assert_true(neap_loop_wall(loop) >= w->due);
    w->rung++;
    neap_loop_stop(loop);
}

static void on_later(neap_loop *loop, void *ud)
{
    (void)loop;
    ((world *)ud)->rung_later++;
}

static void world_open(world *w, int64_t in)
{
    *w = (world){0};
    memset(&kernel, 0, sizeof kernel);
    assert_int_equal(neap_loop_new(&w->loop, NULL), 0);
    w->due = neap_loop_wall(w->loop) + in;
    assert_int_equal(
        neap_timer_start_at(&w->alarm, w->loop, w->due, on_alarm, w, NULL), 0);
    assert_int_equal(neap_timer_start_at(&w->later, w->loop, w->due + HOUR,
                                         on_later, w, NULL),
                     0);
}

static void world_close(world *w)
{
    neap_timer_stop(&w->later);
    assert_false(neap_loop_run(w->loop));
    neap_loop_close(w->loop);
}

static void stop(neap_loop *loop, void *ud)
{
    (void)ud;
    neap_loop_stop(loop);
}

/* Until an alarm stops the loop, or for `ns`: no timer comes before that, so
 * what wakes the loop is the timerfd. */
static void pass(world *w, int64_t ns)
{
    assert_int_equal(neap_timer_start(&w->watch, w->loop, ns, stop, w, NULL),
                     0);
    neap_loop_run(w->loop);
    neap_timer_stop(&w->watch);
}

static void an_alarm_is_absolute_and_hears_of_a_clock_that_is_set(void **state)
{
    world w;
    (void)state;
    world_open(&w, HOUR);
    assert_int_equal(kernel.at, w.due);
    assert_int_equal(kernel.flags, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
    neap_timer_stop(&w.alarm);
    assert_int_equal(kernel.at, w.due + HOUR);
    neap_timer_stop(&w.later);
    assert_int_equal(kernel.at, 0);
    world_close(&w);
}

static void one_that_a_clock_passed_over_comes_at_once(void **state)
{
    world w;
    (void)state;
    world_open(&w, HOUR);
    set_clock(HOUR + HOUR / 2);
    pass(&w, MINUTE);
    assert_int_equal(w.rung, 1);
    assert_int_equal(w.rung_later, 0);
    assert_int_equal(kernel.at, w.due + HOUR); /* and the next is waited for */
    world_close(&w);
}

static void one_that_a_clock_went_back_from_comes_later(void **state)
{
    world w;
    (void)state;
    world_open(&w, HOUR);
    set_clock(-24 * HOUR);
    pass(&w, 20 * NEAP_MILLISECOND);
    assert_false(kernel.set);
    assert_int_equal(w.rung, 0);
    assert_int_equal(kernel.at, w.due); /* set again, to the same time */
    set_clock(25 * HOUR);
    pass(&w, MINUTE);
    assert_int_equal(w.rung, 1);
    assert_int_equal(w.rung_later, 0);
    world_close(&w);
}

/* The kernel said "now", and the clock was set back before anybody looked. */
static void one_that_is_not_due_any_more_is_waited_for_again(void **state)
{
    world w;
    int sets;
    (void)state;
    world_open(&w, HOUR);
    sets = kernel.sets;
    ring_in(0);
    pass(&w, 20 * NEAP_MILLISECOND);
    assert_int_equal(w.rung, 0);
    assert_int_equal(kernel.sets, sets + 1);
    assert_int_equal(kernel.at, w.due);
    neap_timer_stop(&w.alarm);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alarm_is_absolute_and_hears_of_a_clock_that_is_set),
        cmocka_unit_test(one_that_a_clock_passed_over_comes_at_once),
        cmocka_unit_test(one_that_a_clock_went_back_from_comes_later),
        cmocka_unit_test(one_that_is_not_due_any_more_is_waited_for_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

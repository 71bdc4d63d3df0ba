/* SPDX-License-Identifier: MIT
 *
 * ladder: every way down. Grace is 5, drain 2. */
#include "unit.h"

#include "core/ladder.h"

#define WAIT  NEAP_LADDER_WAIT
#define TERM  NEAP_LADDER_TERM
#define KILL  NEAP_LADDER_KILL
#define SWEEP NEAP_LADDER_SWEEP
#define REAP  NEAP_LADDER_REAP

static neap_ladder ladder(void)
{
    neap_ladder l;
    neap_ladder_init(&l, 5, 2);
    return l;
}

static void next(neap_ladder *l, int64_t now, neap_ladder_action action,
                 int64_t deadline)
{
    int64_t seen;
    assert_int_equal(neap_ladder_next(&seen, l, now), action);
    if (action == WAIT)
        assert_int_equal(seen, deadline);
}

static void left_alone_it_is_only_cleared_up(void **state)
{
    neap_ladder l = ladder();
    (void)state;
    next(&l, 0, WAIT, NEAP_NEVER);
    neap_ladder_drained(&l); /* it closed its output, and lives */
    next(&l, 1, WAIT, NEAP_NEVER);
    neap_ladder_ended(&l, 10);
    next(&l, 10, KILL, 0); /* the group, before the leader is reaped */
    next(&l, 10, REAP, 0);
    next(&l, 99, WAIT, NEAP_NEVER);
}

static void a_held_pipe_delays_it_by_the_drain_and_no_more(void **state)
{
    neap_ladder l = ladder();
    (void)state;
    neap_ladder_ended(&l, 10);
    next(&l, 10, WAIT, 12);
    neap_ladder_ended(&l, 11); /* told twice */
    next(&l, 11, WAIT, 12);
    next(&l, 12, KILL, 0);
    next(&l, 12, SWEEP, 0); /* somebody was left behind */
    next(&l, 12, REAP, 0);
    l = ladder();
    neap_ladder_ended(&l, 10);
    next(&l, 10, WAIT, 12);
    neap_ladder_drained(&l);
    next(&l, 11, KILL, 0);
    next(&l, 11, REAP, 0);
}

static void stop_is_term_then_kill_after_the_grace(void **state)
{
    neap_ladder l = ladder();
    (void)state;
    neap_ladder_stop(&l, 10, -1);
    next(&l, 10, TERM, 0);
    next(&l, 10, WAIT, 15);
    next(&l, 15, KILL, 0);
    next(&l, 15, WAIT, NEAP_NEVER); /* the kernel's turn */
    neap_ladder_ended(&l, 16);
    neap_ladder_drained(&l);
    next(&l, 16, KILL, 0);
    next(&l, 16, SWEEP, 0);
    next(&l, 16, REAP, 0);
}

static void a_later_stop_can_only_shorten_the_grace(void **state)
{
    neap_ladder l = ladder();
    (void)state;
    neap_ladder_stop(&l, 10, 5);
    next(&l, 10, TERM, 0);
    neap_ladder_stop(&l, 11, 100);
    next(&l, 11, WAIT, 15);
    neap_ladder_stop(&l, 12, 1);
    next(&l, 12, WAIT, 13);
    neap_ladder_stop(&l, 12, 0);
    next(&l, 12, KILL, 0); /* and no second TERM */
}

static void no_grace_is_term_and_kill_at_once(void **state)
{
    neap_ladder l = ladder();
    (void)state;
    neap_ladder_stop(&l, 10, 0);
    next(&l, 10, TERM, 0);
    next(&l, 10, KILL, 0);
}

static void
the_rest_of_the_group_keeps_its_grace_when_the_leader_goes(void **state)
{
    neap_ladder l = ladder();
    (void)state;
    neap_ladder_stop(&l, 10, -1);
    next(&l, 10, TERM, 0);
    neap_ladder_ended(&l, 11);
    next(&l, 13, WAIT, 15); /* beyond the drain: it was promised */
    neap_ladder_stop(&l, 13, 1);
    next(&l, 13, WAIT, 14);
    next(&l, 14, KILL, 0);
    next(&l, 14, SWEEP, 0);
    next(&l, 14, REAP, 0);
    l = ladder();
    neap_ladder_stop(&l, 10, -1);
    next(&l, 10, TERM, 0);
    neap_ladder_ended(&l, 11);
    neap_ladder_drained(&l); /* nobody is there to wait for */
    next(&l, 11, KILL, 0);
}

static void a_stop_after_the_end_sends_no_term(void **state)
{
    neap_ladder l = ladder();
    (void)state;
    neap_ladder_ended(&l, 10);
    neap_ladder_stop(&l, 10, 9); /* waiting is over before that */
    next(&l, 10, WAIT, 12);
    neap_ladder_stop(&l, 11, 0);
    next(&l, 11, KILL, 0);
    next(&l, 11, SWEEP, 0);
    next(&l, 11, REAP, 0);
    neap_ladder_stop(&l, 50, 0);
    next(&l, 60, WAIT, NEAP_NEVER);
}

static void a_stop_that_met_the_end_sends_no_term_either(void **state)
{
    neap_ladder l = ladder();
    (void)state;
    neap_ladder_stop(&l, 10, -1);
    neap_ladder_ended(&l, 10);
    next(&l, 10, WAIT, 12);
    next(&l, 12, KILL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(left_alone_it_is_only_cleared_up),
        cmocka_unit_test(a_held_pipe_delays_it_by_the_drain_and_no_more),
        cmocka_unit_test(stop_is_term_then_kill_after_the_grace),
        cmocka_unit_test(a_later_stop_can_only_shorten_the_grace),
        cmocka_unit_test(no_grace_is_term_and_kill_at_once),
        cmocka_unit_test(
            the_rest_of_the_group_keeps_its_grace_when_the_leader_goes),
        cmocka_unit_test(a_stop_after_the_end_sends_no_term),
        cmocka_unit_test(a_stop_that_met_the_end_sends_no_term_either),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

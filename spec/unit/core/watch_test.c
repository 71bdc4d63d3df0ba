/* SPDX-License-Identifier: MIT
 *
 * watch: each clock, and which of them speaks. */
#include "unit.h"

#include "core/watch.h"

static const neap_watch_options limits = {
    .wall = 100, .silence = 20, .permission = 10, .linger = 5};

static neap_watch watch(const neap_watch_options *options)
{
    neap_watch w;
    neap_watch_init(&w, options, 1000);
    return w;
}

static void fine(const neap_watch *w, int64_t now, int64_t deadline)
{
    int64_t seen;
    assert_int_equal(neap_watch_ask(&seen, w, now), NEAP_WATCH_FINE);
    assert_int_equal(seen, deadline);
}

static void hung(const neap_watch *w, int64_t now, neap_watch_verdict verdict)
{
    int64_t seen;
    assert_int_equal(neap_watch_ask(&seen, w, now), verdict);
}

static void silence_is_counted_from_the_last_progress(void **state)
{
    neap_watch w = watch(&limits);
    (void)state;
    fine(&w, 1000, 1020);
    neap_watch_progress(&w, 1015);
    fine(&w, 1034, 1035);
    neap_watch_sign(&w); /* it lives, but gets nowhere */
    hung(&w, 1035, NEAP_WATCH_SILENCE);
}

static void the_wall_clock_goes_on_whatever_it_does(void **state)
{
    neap_watch w = watch(&limits);
    (void)state;
    for (int64_t now = 1000; now < 1100; now++)
        neap_watch_progress(&w, now);
    fine(&w, 1099, 1100);
    hung(&w, 1100, NEAP_WATCH_WALL);
}

static void a_deadline_of_the_step_may_come_before_the_wall(void **state)
{
    neap_watch_options o = limits;
    neap_watch w;
    (void)state;
    o.silence = 0;
    o.deadline = 1050;
    w = watch(&o);
    fine(&w, 1049, 1050);
    hung(&w, 1050, NEAP_WATCH_WALL);
    o.deadline = 2000;
    w = watch(&o);
    fine(&w, 1050, 1100);
}

static void a_permission_nobody_gives_is_a_hang(void **state)
{
    neap_watch w = watch(&limits);
    (void)state;
    neap_watch_blocked(&w, 1005);
    neap_watch_blocked(&w, 1009); /* asked again: no new wait */
    fine(&w, 1014, 1015);
    hung(&w, 1015, NEAP_WATCH_PERMISSION);
    neap_watch_sign(&w); /* answered after all */
    fine(&w, 1015, 1020);
}

static void after_its_last_word_it_has_only_to_go(void **state)
{
    neap_watch w = watch(&limits);
    (void)state;
    neap_watch_blocked(&w, 1001);
    neap_watch_terminal(&w, 1002);
    neap_watch_progress(&w, 1003);
    neap_watch_blocked(&w, 1003);
    neap_watch_terminal(&w, 1004);
    fine(&w, 1006, 1007);
    hung(&w, 1007, NEAP_WATCH_LINGER);
}

static void the_limit_that_passed_first_speaks(void **state)
{
    neap_watch w = watch(&limits);
    (void)state;
    neap_watch_blocked(&w, 1015);
    hung(&w, 5000, NEAP_WATCH_SILENCE); /* 1020, before 1025 */
}

static void an_end_at_the_same_instant_wins(void **state)
{
    neap_watch w = watch(&limits);
    (void)state;
    neap_watch_ended(&w);
    fine(&w, 1100, NEAP_NEVER);
}

static void without_limits_nothing_hangs(void **state)
{
    neap_watch_options none = {0};
    neap_watch w = watch(&none);
    (void)state;
    neap_watch_blocked(&w, 1000);
    neap_watch_terminal(&w, 1000);
    fine(&w, INT64_MAX, NEAP_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_is_counted_from_the_last_progress),
        cmocka_unit_test(the_wall_clock_goes_on_whatever_it_does),
        cmocka_unit_test(a_deadline_of_the_step_may_come_before_the_wall),
        cmocka_unit_test(a_permission_nobody_gives_is_a_hang),
        cmocka_unit_test(after_its_last_word_it_has_only_to_go),
        cmocka_unit_test(the_limit_that_passed_first_speaks),
        cmocka_unit_test(an_end_at_the_same_instant_wins),
        cmocka_unit_test(without_limits_nothing_hangs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * timerq: order, the ready list, and stopping from anywhere. */
#include "unit.h"

#include "base/heap_that_fails.h"
#include "core/timerq.h"

enum { COUNT = 6 };

typedef struct bench {
    neap_timerq q;
    neap_timerq_list ready;
    neap_timerq_entry entries[COUNT];
} bench;

static void open(bench *b, const neap_mem *mem)
{
    *b = (bench){0};
    neap_timerq_init(&b->q, mem);
}

static void start(bench *b, int which, int64_t at)
{
    assert_int_equal(neap_timerq_start(&b->q, &b->entries[which], at, NULL), 0);
}

static void expect(bench *b, const char *order)
{
    for (; *order != '\0'; order++)
        assert_ptr_equal(neap_timerq_take(&b->ready),
                         &b->entries[*order - '0']);
    assert_null(neap_timerq_take(&b->ready));
}

static void due_ones_come_by_deadline_then_by_start(void **state)
{
    bench b;
    (void)state;
    open(&b, NULL);
    assert_int_equal(neap_timerq_next(&b.q), NEAP_NEVER);
    start(&b, 0, 7);
    start(&b, 1, 5);
    start(&b, 2, 7);
    start(&b, 3, 9);
    start(&b, 4, 7);
    start(&b, 0, 7); /* started again: behind its equals */
    assert_int_equal(neap_timerq_next(&b.q), 5);
    assert_int_equal(neap_timerq_count(&b.q), 5);
    neap_timerq_collect(&b.q, &b.ready, 4);
    expect(&b, "");
    neap_timerq_collect(&b.q, &b.ready, 7); /* at its deadline it is due */
    assert_int_equal(neap_timerq_next(&b.q), 9);
    expect(&b, "1240");
    assert_false(neap_timerq_active(&b.entries[1]));
    neap_timerq_deinit(&b.q);
    assert_false(neap_timerq_active(&b.entries[3]));
}

/* The action of 0 starts itself for now, for ever; 1 still gets its turn. */
static void an_action_cannot_starve_the_others(void **state)
{
    bench b;
    (void)state;
    open(&b, NULL);
    start(&b, 0, 1);
    start(&b, 1, 1);
    neap_timerq_collect(&b.q, &b.ready, 1);
    assert_ptr_equal(neap_timerq_take(&b.ready), &b.entries[0]);
    start(&b, 0, 1);
    expect(&b, "1");
    neap_timerq_collect(&b.q, &b.ready, 1);
    expect(&b, "0");
    neap_timerq_deinit(&b.q);
}

static void
a_stop_reaches_those_that_wait_and_those_that_are_ready(void **state)
{
    bench b;
    (void)state;
    open(&b, NULL);
    for (int i = 0; i < COUNT; i++)
        start(&b, i, i < 5 ? 1 : 2);
    neap_timerq_collect(&b.q, &b.ready, 1);
    neap_timerq_stop(&b.entries[0]);
    neap_timerq_stop(&b.entries[2]);
    neap_timerq_stop(&b.entries[4]);
    neap_timerq_stop(&b.entries[4]); /* at rest: nothing happens */
    neap_timerq_stop(&b.entries[5]);
    assert_int_equal(neap_timerq_count(&b.q), 0);
    assert_true(neap_timerq_active(&b.entries[3]));
    start(&b, 3, 8); /* from the ready list back to waiting */
    expect(&b, "1");
    neap_timerq_collect(&b.q, &b.ready, 8);
    expect(&b, "3");
    neap_timerq_deinit(&b.q);
}

static void two_queues_share_a_ready_list(void **state)
{
    bench b;
    neap_timerq other;
    (void)state;
    open(&b, NULL);
    neap_timerq_init(&other, NULL);
    start(&b, 0, 100);
    assert_int_equal(neap_timerq_start(&other, &b.entries[1], 5, NULL), 0);
    neap_timerq_collect(&other, &b.ready, 5);
    neap_timerq_collect(&b.q, &b.ready, 100);
    expect(&b, "10");
    neap_timerq_deinit(&other);
    neap_timerq_deinit(&b.q);
}

static void without_memory_it_is_at_rest(void **state)
{
    heap_that_fails heap;
    bench b;
    (void)state;
    heap_init(&heap, 0);
    open(&b, &heap.mem);
    assert_int_equal(neap_timerq_start(&b.q, &b.entries[0], 1, NULL),
                     NEAP_ENOMEM);
    assert_false(neap_timerq_active(&b.entries[0]));
    neap_timerq_stop(&b.entries[0]);
    neap_timerq_deinit(&b.q);
    assert_int_equal(heap.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_ones_come_by_deadline_then_by_start),
        cmocka_unit_test(an_action_cannot_starve_the_others),
        cmocka_unit_test(
            a_stop_reaches_those_that_wait_and_those_that_are_ready),
        cmocka_unit_test(two_queues_share_a_ready_list),
        cmocka_unit_test(without_memory_it_is_at_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

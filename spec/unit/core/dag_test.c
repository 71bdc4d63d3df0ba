/* SPDX-License-Identifier: MIT
 *
 * dag: every edge of its state diagram, its order, its lists. */
#include "unit.h"

#include "base/heap_that_fails.h"
#include "base/rng.h"
#include "core/dag.h"

#include <string.h>

/* A graph of `count` nodes and the needs of `text`: "2<1" is hard, "~" soft,
 * "?" skip, as in "2<1 3~1 4?2". */
static neap_dag *graph(uint32_t count, const char *text)
{
    neap_dag *d = neap_dag_new(NULL);
    uint32_t id;
    assert_non_null(d);
    for (uint32_t i = 1; i <= count; i++) {
        assert_int_equal(neap_dag_add(&id, d, 0, NULL), 0);
        assert_int_equal(id, i);
    }
    for (; text[0] != '\0'; text += text[3] == ' ' ? 4 : 3) {
        neap_dag_mode mode = text[1] == '<'   ? NEAP_DAG_HARD
                             : text[1] == '~' ? NEAP_DAG_SOFT
                                              : NEAP_DAG_SKIP;
        assert_int_equal(neap_dag_need(d, (uint32_t)(text[0] - '0'),
                                       (uint32_t)(text[2] - '0'), mode, NULL),
                         0);
    }
    return d;
}

static void start(neap_dag *d)
{
    neap_dag_list cycle;
    assert_int_equal(neap_dag_start(&cycle, d, NULL), 0);
    assert_int_equal(cycle.count, 0);
}

static void done(neap_dag *d, uint32_t id, neap_dag_state state)
{
    assert_int_equal(neap_dag_done(d, id, state, NULL), 0);
}

static void expect_skipped(neap_dag *d, uint32_t id, uint32_t cause)
{
    uint32_t seen = 0;
    assert_int_equal(neap_dag_skipped(&seen, d), id);
    if (id != 0)
        assert_int_equal(seen, cause);
}

static void expect_list(neap_dag_list list, const char *ids)
{
    assert_int_equal(list.count, strlen(ids));
    for (size_t i = 0; i < list.count; i++)
        assert_int_equal(list.ids[i], ids[i] - '0');
}

static void an_empty_graph_is_finished(void **state)
{
    neap_dag *d = neap_dag_new(NULL);
    (void)state;
    start(d);
    assert_true(neap_dag_finished(d));
    assert_int_equal(neap_dag_pop(d), 0);
    neap_dag_free(d);
}

static void a_node_is_ready_when_its_last_need_has_ended(void **state)
{
    neap_dag *d = graph(4, "3<1 3<2 4<1");
    (void)state;
    assert_int_equal(neap_dag_pop(d), 0);
    start(d);
    assert_int_equal(neap_dag_pop(d), 1);
    assert_int_equal(neap_dag_pop(d), 2);
    assert_int_equal(neap_dag_pop(d), 0);
    done(d, 1, NEAP_DAG_COMPLETED);
    assert_int_equal(neap_dag_pop(d), 4); /* no wave: 2 still runs */
    assert_int_equal(neap_dag_pop(d), 0);
    done(d, 2, NEAP_DAG_COMPLETED);
    assert_int_equal(neap_dag_pop(d), 3);
    done(d, 3, NEAP_DAG_COMPLETED);
    assert_false(neap_dag_finished(d));
    done(d, 4, NEAP_DAG_FAILED);
    assert_true(neap_dag_finished(d));
    assert_int_equal(neap_dag_count(d, NEAP_DAG_COMPLETED), 3);
    assert_int_equal(neap_dag_count(d, NEAP_DAG_FAILED), 1);
    neap_dag_free(d);
}

static void priority_then_longest_path_then_age(void **state)
{
    neap_dag *d = graph(5, "5<3");
    uint32_t id;
    (void)state;
    assert_int_equal(neap_dag_weigh(d, 2, 1.5, NULL), 0);
    assert_int_equal(neap_dag_add(&id, d, 1, NULL), 0);
    start(d);
    assert_int_equal(neap_dag_pop(d), 6); /* priority 1 */
    assert_int_equal(neap_dag_pop(d), 3); /* 1 + 1 s to the end */
    assert_int_equal(neap_dag_pop(d), 2); /* 1.5 s */
    assert_int_equal(neap_dag_pop(d), 1); /* as 4, but older */
    assert_int_equal(neap_dag_unpop(d, 1, NULL), 0);
    assert_int_equal(neap_dag_pop(d), 1);
    assert_int_equal(neap_dag_pop(d), 4);
    assert_int_equal(neap_dag_unpop(d, 5, NULL), NEAP_EINVAL);
    neap_dag_free(d);
}

static void a_hard_failure_skips_all_that_hangs_on_it(void **state)
{
    neap_dag *d = graph(6, "2<1 3<2 4~2 5?2 6<5");
    (void)state;
    start(d);
    assert_int_equal(neap_dag_pop(d), 1);
    done(d, 1, NEAP_DAG_FAILED);
    expect_skipped(d, 2, 1);
    expect_skipped(d, 3, 1); /* through 2, because of 1 */
    expect_skipped(d, 0, 0);
    assert_int_equal(neap_dag_pop(d), 5); /* longer than 4 */
    assert_int_equal(neap_dag_pop(d), 4);
    done(d, 4, NEAP_DAG_COMPLETED);
    done(d, 5, NEAP_DAG_SKIPPED); /* by the caller: not told back */
    expect_skipped(d, 6, 5);
    expect_skipped(d, 0, 0);
    assert_true(neap_dag_finished(d));
    assert_int_equal(neap_dag_count(d, NEAP_DAG_SKIPPED), 4);
    neap_dag_free(d);
}

static void
a_node_is_skipped_once_and_its_other_needs_do_not_revive_it(void **state)
{
    neap_dag *d = graph(3, "3<1 3<2 3<1");
    (void)state;
    start(d);
    neap_dag_pop(d);
    neap_dag_pop(d);
    done(d, 1, NEAP_DAG_FAILED);
    done(d, 2, NEAP_DAG_COMPLETED);
    expect_skipped(d, 3, 1);
    expect_skipped(d, 0, 0);
    assert_int_equal(neap_dag_pop(d), 0);
    assert_true(neap_dag_finished(d));
    neap_dag_free(d);
}

static void a_cycle_is_told_in_order(void **state)
{
    neap_dag *d = graph(5, "1<2 2<3 3<4 4<2 5<5");
    neap_dag_list cycle, order;
    neap_err err = NEAP_ERR_INIT;
    (void)state;
    assert_int_equal(neap_dag_check(&cycle, d, &err), NEAP_ECYCLE);
    expect_list(cycle, "234"); /* 1 only leads there */
    assert_int_equal(neap_dag_order(&order, d, &err), NEAP_ECYCLE);
    neap_dag_free(d);
    d = graph(2, "2<2");
    assert_int_equal(neap_dag_check(&cycle, d, NULL), NEAP_ECYCLE);
    expect_list(cycle, "2");
    neap_dag_free(d);
}

static void misuse_is_refused(void **state)
{
    neap_dag *d = graph(2, "");
    (void)state;
    assert_int_equal(neap_dag_need(d, 1, 3, NEAP_DAG_HARD, NULL), NEAP_EINVAL);
    assert_int_equal(neap_dag_need(d, 0, 1, NEAP_DAG_HARD, NULL), NEAP_EINVAL);
    start(d);
    assert_int_equal(neap_dag_need(d, 1, 2, NEAP_DAG_HARD, NULL), NEAP_EINVAL);
    done(d, 1, NEAP_DAG_COMPLETED);
    assert_int_equal(neap_dag_done(d, 1, NEAP_DAG_FAILED, NULL), NEAP_EINVAL);
    assert_int_equal(neap_dag_done(d, 9, NEAP_DAG_FAILED, NULL), NEAP_EINVAL);
    assert_int_equal(neap_dag_state_of(d, 9), NEAP_DAG_STATES);
    neap_dag_free(d);
}

static void ends_known_beforehand_are_honoured(void **state)
{
    neap_dag *d = graph(5, "2<1 3<2 4<3 5<1");
    (void)state;
    done(d, 1, NEAP_DAG_COMPLETED);
    done(d, 2, NEAP_DAG_FAILED);
    start(d);
    expect_skipped(d, 3, 2);
    expect_skipped(d, 4, 2);
    expect_skipped(d, 0, 0);
    done(d, 5, NEAP_DAG_COMPLETED); /* ready, and leaves from there */
    assert_int_equal(neap_dag_pop(d), 0);
    assert_true(neap_dag_finished(d));
    neap_dag_free(d);
}

static void a_graph_grows_while_it_runs(void **state)
{
    neap_dag *d = graph(3, "3<1");
    uint32_t id;
    (void)state;
    start(d);
    assert_int_equal(neap_dag_pop(d), 1);
    done(d, 1, NEAP_DAG_COMPLETED);
    for (int i = 0; i < 3; i++)
        neap_dag_add(&id, d, 0, NULL); /* 4 5 6 */
    neap_dag_need(d, 5, 4, NEAP_DAG_HARD, NULL);
    neap_dag_need(d, 4, 3, NEAP_DAG_HARD, NULL);
    neap_dag_need(d, 6, 1, NEAP_DAG_HARD, NULL);
    assert_int_equal(neap_dag_count(d, NEAP_DAG_WAITING), 3);
    start(d);
    assert_int_equal(neap_dag_pop(d), 3); /* was behind 2; 4 and 5 hang on it */
    assert_int_equal(neap_dag_pop(d), 2);
    assert_int_equal(neap_dag_pop(d), 6); /* its need had ended */
    done(d, 3, NEAP_DAG_FAILED);
    expect_skipped(d, 4, 3);
    expect_skipped(d, 5, 3);
    assert_int_equal(neap_dag_add(&id, d, 0, NULL), 0);
    neap_dag_need(d, 7, 5, NEAP_DAG_HARD, NULL);
    start(d); /* needs one that was skipped already */
    expect_skipped(d, 7, 3);
    neap_dag_free(d);
}

static void growth_never_shortens_a_path(void **state)
{
    neap_dag *d = graph(4, "3<2 4<3");
    uint32_t id;
    (void)state;
    neap_dag_weigh(d, 1, 2.5, NULL);
    start(d);
    neap_dag_add(&id, d, 0, NULL);
    neap_dag_need(d, 5, 2, NEAP_DAG_HARD, NULL);
    start(d);
    assert_int_equal(neap_dag_pop(d), 2); /* still 3 s to the end */
    neap_dag_free(d);
}

static void growth_with_a_cycle_is_taken_back(void **state)
{
    neap_dag *d = graph(2, "2<1");
    neap_dag_list cycle;
    uint32_t id;
    (void)state;
    start(d);
    neap_dag_add(&id, d, 0, NULL);
    neap_dag_add(&id, d, 0, NULL);
    neap_dag_need(d, 3, 1, NEAP_DAG_HARD, NULL);
    neap_dag_need(d, 3, 4, NEAP_DAG_HARD, NULL);
    neap_dag_need(d, 4, 3, NEAP_DAG_HARD, NULL);
    assert_int_equal(neap_dag_start(&cycle, d, NULL), NEAP_ECYCLE);
    expect_list(cycle, "34");
    assert_int_equal(neap_dag_total(d), 2);
    assert_int_equal(neap_dag_count(d, NEAP_DAG_WAITING), 1);
    neap_dag_add(&id, d, 0, NULL);
    assert_int_equal(id, 3);
    neap_dag_need(d, 3, 2, NEAP_DAG_HARD, NULL); /* and no more on 1 */
    start(d);
    assert_int_equal(neap_dag_pop(d), 1);
    done(d, 1, NEAP_DAG_COMPLETED);
    assert_int_equal(neap_dag_pop(d), 2);
    assert_int_equal(neap_dag_pop(d), 0);
    done(d, 2, NEAP_DAG_COMPLETED);
    assert_int_equal(neap_dag_pop(d), 3);
    neap_dag_free(d);
}

static void order_and_critical_path(void **state)
{
    neap_dag *d = graph(5, "1<3 2<3 4<1 4<2 5<3");
    neap_dag_list list;
    double seconds;
    (void)state;
    neap_dag_weigh(d, 2, 4, NULL);
    neap_dag_weigh(d, 5, 3, NULL);
    assert_int_equal(neap_dag_order(&list, d, NULL), 0);
    expect_list(list, "31254");
    assert_int_equal(neap_dag_critical_path(&list, &seconds, d, NULL), 0);
    expect_list(list, "324");
    assert_true(seconds == 6);
    start(d);
    neap_dag_weigh(d, 5, 9, NULL); /* measured since */
    assert_int_equal(neap_dag_critical_path(&list, &seconds, d, NULL), 0);
    expect_list(list, "35");
    assert_true(seconds == 10);
    neap_dag_free(d);
}

/* Random graphs, random ends: nothing runs before its needs have ended, every
 * run terminates, and the same seed gives the same order. */
static uint64_t play(uint64_t seed, uint32_t count)
{
    enum { MAX = 200 };
    static uint32_t on[MAX * 3], id_of[MAX * 3];
    static neap_dag_mode mode[MAX * 3];
    uint32_t edges = 0, id, cause;
    uint64_t hash = 7;
    neap_rng rng;
    neap_dag *d = neap_dag_new(NULL);
    neap_rng_init(&rng, seed);
    for (uint32_t i = 1; i <= count; i++) {
        neap_dag_add(&id, d, (double)(neap_rng_next(&rng) % 3), NULL);
        for (int k = 0; i > 1 && k < 3; k++, edges++) {
            id_of[edges] = i;
            on[edges] = 1 + (uint32_t)(neap_rng_next(&rng) % (i - 1));
            mode[edges] = (neap_dag_mode)(neap_rng_next(&rng) % 3);
            neap_dag_need(d, i, on[edges], mode[edges], NULL);
        }
    }
    start(d);
    while ((id = neap_dag_pop(d)) != 0) {
        for (uint32_t e = 0; e < edges; e++) {
            neap_dag_state s = neap_dag_state_of(d, on[e]);
            if (id_of[e] != id)
                continue;
            assert_true(s == NEAP_DAG_COMPLETED ||
                        (s > NEAP_DAG_COMPLETED && mode[e] != NEAP_DAG_HARD));
        }
        hash = hash * 31 + id;
        done(d, id,
             neap_rng_next(&rng) % 5 == 0 ? NEAP_DAG_FAILED
                                          : NEAP_DAG_COMPLETED);
        while ((id = neap_dag_skipped(&cause, d)) != 0) {
            assert_int_equal(neap_dag_state_of(d, cause), NEAP_DAG_FAILED);
            hash = hash * 31 + id;
        }
    }
    assert_true(neap_dag_finished(d));
    neap_dag_free(d);
    return hash;
}

static void random_graphs_terminate_in_the_same_order(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++)
        assert_int_equal(play(seed, 200), play(seed, 200));
}

/* With every allocation failing in turn, nothing is lost or half done. */
static void no_memory_is_an_error_and_leaves_all_as_it_was(void **state)
{
    (void)state;
    for (long left = 0;; left++) {
        heap_that_fails heap;
        neap_dag_list list;
        double seconds;
        neap_dag *d;
        uint32_t id;
        int rc = 0;
        heap_init(&heap, left);
        d = neap_dag_new(&heap.mem);
        for (uint32_t i = 0; d != NULL && rc == 0 && i < 70; i++) {
            rc = neap_dag_add(&id, d, 0, NULL);
            if (rc == 0 && id > 1)
                rc = neap_dag_need(d, id, id - 1, NEAP_DAG_HARD, NULL);
        }
        if (d != NULL && rc == 0)
            rc = neap_dag_start(&list, d, NULL);
        if (d != NULL && rc == 0)
            rc = neap_dag_critical_path(&list, &seconds, d, NULL);
        neap_dag_free(d);
        assert_int_equal(heap.held, 0);
        if (d != NULL && rc == 0)
            break;
        assert_true(d == NULL || rc == NEAP_ENOMEM);
        assert_true(left < 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_graph_is_finished),
        cmocka_unit_test(a_node_is_ready_when_its_last_need_has_ended),
        cmocka_unit_test(priority_then_longest_path_then_age),
        cmocka_unit_test(a_hard_failure_skips_all_that_hangs_on_it),
        cmocka_unit_test(
            a_node_is_skipped_once_and_its_other_needs_do_not_revive_it),
        cmocka_unit_test(a_cycle_is_told_in_order),
        cmocka_unit_test(misuse_is_refused),
        cmocka_unit_test(ends_known_beforehand_are_honoured),
        cmocka_unit_test(a_graph_grows_while_it_runs),
        cmocka_unit_test(growth_never_shortens_a_path),
        cmocka_unit_test(growth_with_a_cycle_is_taken_back),
        cmocka_unit_test(order_and_critical_path),
        cmocka_unit_test(no_memory_is_an_error_and_leaves_all_as_it_was),
        cmocka_unit_test(random_graphs_terminate_in_the_same_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

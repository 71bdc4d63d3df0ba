/* SPDX-License-Identifier: MIT
 *
 * Jobs run beside the loop and are answered from it, in both worlds. */
#include "unit.h"

#include "io/worker.h"
#include "sim/loop.h"

#include <pthread.h>

typedef struct work {
    neap_loop *loop;
    pthread_t ran_on;
    int order; /* in which it was answered, 0 = not yet */
    bool ran, alive, again;
} work;

static int answers;

static void run(void *ud)
{
    work *w = ud;
    w->ran = true;
    w->ran_on = pthread_self();
}

static void done(void *ud, bool alive)
{
    work *w = ud;
    assert_int_equal(w->order, 0);
    w->order = ++answers;
    w->alive = alive;
    if (w->again && alive) {
        w->again = false;
        w->order = 0;
        assert_int_equal(neap_worker_submit(w->loop, run, done, w, NULL), 0);
    }
}

static void submit(work *all, int count, neap_loop *loop)
{
    answers = 0;
    for (int i = 0; i < count; i++) {
        all[i] = (work){.loop = loop};
        assert_int_equal(neap_worker_submit(loop, run, done, &all[i], NULL), 0);
    }
}

static void jobs_run_on_other_threads(void **state)
{
    neap_loop *loop;
    work all[200];
    (void)state;
    assert_int_equal(neap_loop_new(&loop, NULL), 0);
    submit(all, 200, loop);
    all[7].again = true;
    assert_true(neap_loop_pending(loop) > 0);
    assert_false(neap_loop_run(loop));
    for (int i = 0; i < 200; i++) {
        assert_true(all[i].ran && all[i].alive && all[i].order > 0);
        assert_false(pthread_equal(all[i].ran_on, pthread_self()));
    }
    assert_int_equal(answers, 201);
    assert_int_equal(neap_loop_pending(loop), 0);
    neap_loop_close(loop);
}

static void a_closed_loop_answers_what_is_left(void **state)
{
    neap_loop *loop;
    work all[100];
    (void)state;
    assert_int_equal(neap_loop_new(&loop, NULL), 0);
    submit(all, 100, loop);
    neap_loop_close(loop);
    for (int i = 0; i < 100; i++)
        assert_true(all[i].order > 0 && !all[i].alive);
    assert_int_equal(answers, 100);
}

static void the_simulated_world_has_no_threads(void **state)
{
    neap_sim_options options = NEAP_SIM_OPTIONS_INIT;
    neap_loop *loop;
    work all[3];
    (void)state;
    assert_int_equal(neap_sim_new(&loop, &options, NULL), 0);
    submit(all, 3, loop);
    for (int i = 0; i < 3; i++)
        assert_true(all[i].ran && all[i].order == 0 &&
                    pthread_equal(all[i].ran_on, pthread_self()));
    assert_false(neap_loop_run(loop));
    for (int i = 0; i < 3; i++)
        assert_int_equal(all[i].order, i + 1);
    submit(all, 2, loop);
    neap_loop_close(loop);
    assert_true(all[1].order == 2 && !all[1].alive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_run_on_other_threads),
        cmocka_unit_test(a_closed_loop_answers_what_is_left),
        cmocka_unit_test(the_simulated_world_has_no_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

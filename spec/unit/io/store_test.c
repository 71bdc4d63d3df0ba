/* SPDX-License-Identifier: MIT
 *
 * The store from C: the thread, its end in every order, and commits whose
 * outcome nobody knows. What it stores is spec/conformance/store.lua. */
#include "unit.h"

#include "base/file.h"
#include "io/database.h"
#include "io/sql.h"
#include "io/store.h"
#include "io/store_sqlite.h"
#include "sim/loop.h"
#include "sim/store_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/neap-store-XXXXXX";

static const neap_named_sql projections[] = {
    {"x", "INSERT INTO seen VALUES(:seq)"}, {NULL, NULL}};
static const neap_named_sql statements[] = {
    {"refuse", "SELECT 1 WHERE 0"},
    {"spoil", "INSERT INTO seen VALUES(NULL)"},
    {"leave", "ROLLBACK"},
    {"note", "INSERT INTO note(text) VALUES(:text)"},
    {NULL, NULL}};
static const char *const tables[] = {"seen", NULL};
static const neap_definition definition = {
    1,
    "CREATE TABLE IF NOT EXISTS seen(seq INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS note(text)",
    tables, statements, projections};

static int setup(void **state)
{
    (void)state;
    strcpy(dir + strlen(dir) - 6, "XXXXXX");
    return mkdtemp(dir) == NULL;
}

static int teardown(void **state)
{
    (void)state;
    return neap_file_remove_tree(dir, NULL);
}

/* --- items ---------------------------------------------------------------- */

static neap_item *new_item(const neap_registry *registry, const char *run)
{
    neap_item *item = neap_item_new(run, strlen(run), NULL);
    neap_event *event = neap_item_add_event(item);
    event->field[NEAP_EVENT_TYPE] = neap_value_string("x");
    event->field[NEAP_EVENT_DATA] = neap_value_string("{}");
    event->projection = neap_registry_projection(registry, "x");
    return item;
}

static void add_write(neap_item *item, const neap_registry *registry,
                      const char *name)
{
    int statement = neap_registry_statement(registry, name);
    assert_non_null(neap_item_add_write(
        item, statement, neap_registry_parameters(registry, statement)));
}

static int64_t count(neap_store *store, const char *sql)
{
    neap_rows *rows;
    int64_t n;
    assert_int_equal(neap_store_query(&rows, store, sql, strlen(sql), NULL), 0);
    assert_int_equal(neap_rows_next(rows, NULL), 1);
    n = neap_rows_value(rows, 0).integer;
    neap_rows_close(rows);
    return n;
}

/* --- the store and its thread --------------------------------------------- */

typedef struct world {
    neap_loop *loop;
    neap_store *store;
    int done, failed;
    int64_t last;
} world;

static neap_store *open_store(neap_loop *loop)
{
    neap_store_options options = NEAP_STORE_OPTIONS_INIT;
    neap_store *store;
    options.path = dir;
    assert_int_equal(neap_store_open(&store, loop, &options, NULL), 0);
    assert_int_equal(neap_store_define(store, &definition, NULL), 0);
    return store;
}

static void world_open(world *w)
{
    *w = (world){0};
    assert_int_equal(neap_loop_new(&w->loop, NULL), 0);
    w->store = open_store(w->loop);
}

static void world_close(world *w)
{
    neap_store_free(w->store);
    neap_loop_close(w->loop);
}

static void on_end(neap_store *store, const neap_item *item)
{
    world *w = item->ud;
    (void)store;
    if (item->err.code != 0) {
        w->failed++;
        return;
    }
    w->done++;
    assert_true(item->ack.seq > w->last); /* in order */
    w->last = item->ack.seq;
}

static void submit(world *w, const char *run)
{
    neap_item *item = new_item(neap_store_registry(w->store), run);
    assert_int_equal(neap_store_commit(w->store, item, on_end, w, NULL), 0);
}

static void many_streams_share_commits(void **state)
{
    world w;
    char run[32];
    (void)state;
    world_open(&w);
    /* more streams than heads are remembered for, some of them twice */
    for (int i = 0; i < 20000; i++) {
        snprintf(run, sizeof run, "run-%d", i % 17000);
        submit(&w, run);
    }
    neap_loop_run(w.loop);
    assert_int_equal(w.done, 20000);
    assert_int_equal(count(w.store, "SELECT count(*) FROM seen"), 20000);
    assert_int_equal(count(w.store, "SELECT count(*) FROM event WHERE n=2"),
                     3000);
    world_close(&w);
}

static void an_idle_store_does_not_keep_its_loop(void **state)
{
    world w;
    (void)state;
    world_open(&w);
    assert_false(neap_loop_run(w.loop));
    submit(&w, "a");
    assert_false(neap_loop_run(w.loop));
    assert_int_equal(w.done, 1);
    world_close(&w);
}

static void free_writes_what_is_queued(void **state)
{
    world w;
    (void)state;
    world_open(&w);
    for (int i = 0; i < 500; i++)
        submit(&w, "a");
    world_close(&w); /* nobody is called */
    assert_int_equal(w.done, 0);
    world_open(&w);
    assert_int_equal(count(w.store, "SELECT max(n) FROM event"), 500);
    world_close(&w);
}

static void the_loop_may_go_first(void **state)
{
    world w;
    (void)state;
    world_open(&w);
    for (int i = 0; i < 100; i++)
        submit(&w, "a");
    neap_loop_close(w.loop);
    assert_true(neap_store_is_closed(w.store));
    assert_false(neap_store_alive(w.store, 1));
    neap_store_free(w.store);
    assert_int_equal(w.done, 0);
}

static void on_closed(neap_store *store, void *ud)
{
    world *w = ud;
    assert_ptr_equal(store, w->store);
    neap_store_free(store);
    w->store = NULL;
}

static void close_may_free(void **state)
{
    world w;
    (void)state;
    world_open(&w);
    submit(&w, "a");
    assert_int_equal(neap_store_close(w.store, on_closed, &w, NULL), 0);
    assert_int_equal(neap_store_close(w.store, on_closed, &w, NULL),
                     NEAP_EINVAL);
    neap_loop_run(w.loop);
    assert_int_equal(w.done, 1);
    assert_null(w.store);
    neap_loop_close(w.loop);
}

static void a_large_item_is_its_own_group(void **state)
{
    static char big[3 << 20];
    world w;
    (void)state;
    world_open(&w);
    memset(big, 'x', sizeof big);
    for (int i = 0; i < 4; i++) {
        neap_item *item = new_item(neap_store_registry(w.store), "a");
        item->events->field[NEAP_EVENT_STEP] =
            neap_value_text(neap_item_copy(item, big, sizeof big), sizeof big);
        assert_true(neap_item_size(item) > sizeof big);
        neap_store_commit(w.store, item, on_end, &w, NULL);
        submit(&w, "b");
    }
    neap_loop_run(w.loop);
    assert_int_equal(w.done, 8);
    world_close(&w);
}

static void two_stores_in_one_process_take_turns(void **state)
{
    world a, b;
    int64_t mine, yours;
    (void)state;
    world_open(&a);
    world_open(&b);
    assert_int_equal(neap_store_own(&mine, a.store, NULL), 0);
    assert_int_equal(neap_store_own(&yours, b.store, NULL), 0);
    assert_true(neap_store_alive(a.store, yours));
    for (int i = 0; i < 200; i++) {
        submit(&a, "shared");
        submit(&b, "shared");
    }
    neap_loop_run(a.loop);
    neap_loop_run(b.loop);
    assert_int_equal(a.done + b.done, 400);
    assert_int_equal(count(b.store, "SELECT max(n) FROM event"), 400);
    world_close(&b);
    assert_false(neap_store_alive(a.store, yours));
    world_close(&a);
}

static void a_failed_opening_leaves_nothing_open(void **state)
{
    neap_store_options options = NEAP_STORE_OPTIONS_INIT;
    neap_store *store;
    neap_loop *loop;
    neap_err err;
    char path[100];
    (void)state;
    snprintf(path, sizeof path, "%s/wake", dir); /* a directory in its place */
    assert_int_equal(neap_file_mkdir_p(&neap_sys_libc, path, NULL), 0);
    assert_int_equal(neap_loop_new(&loop, NULL), 0);
    options.path = dir;
    assert_true(neap_store_open(&store, loop, &options, &err) < 0);
    assert_non_null(strstr(err.message, "wake"));
    assert_int_equal(neap_loop_pending(loop), 0);
    neap_loop_close(loop);
}

/* --- a commit that fails, on a disk ----------------------------------------
 */

static void engine_open(neap_sqlite *s)
{
    neap_registry *registry;
    assert_int_equal(neap_database_make(dir, NULL), 0);
    assert_int_equal(neap_sqlite_open(s, dir, false, 0, NULL), 0);
    assert_int_equal(neap_registry_new(&registry, &definition, NULL), 0);
    assert_int_equal(neap_sqlite_define(s, &definition, registry, NULL), 0);
}

/* The code it ends with. */
static int commit_one(neap_sqlite *s, neap_item *item)
{
    int code;
    neap_sqlite_commit(s, item);
    code = item->err.code;
    neap_item_free(item);
    return code;
}

static int64_t events(neap_sqlite *s)
{
    int64_t n;
    assert_int_equal(
        neap_sql_integer(&n, s->db, "SELECT count(*) FROM event", NULL), 0);
    return n;
}

static void it_is_durable_always(void **state)
{
    neap_sqlite s;
    int64_t level, keys, kept;
    (void)state;
    engine_open(&s);
    assert_int_equal(neap_sql_integer(&level, s.db, "PRAGMA synchronous", NULL),
                     0);
    assert_int_equal(neap_sql_integer(&keys, s.db, "PRAGMA foreign_keys", NULL),
                     0);
    assert_int_equal(
        neap_sql_integer(&kept, s.db,
                         "SELECT journal_mode='wal' FROM pragma_journal_mode",
                         NULL),
        0);
    assert_true(level == 2 && keys == 1 && kept == 1); /* 2 is FULL */
    neap_sqlite_close(&s);
}

static void an_unknown_outcome_is_looked_up(void **state)
{
    neap_sqlite s;
    (void)state;
    engine_open(&s);
    s.fault = (neap_sqlite_fault){0, NEAP_EIO, true};
    assert_int_equal(commit_one(&s, new_item(s.registry, "a")), 0);
    assert_int_equal(events(&s), 1);
    s.fault = (neap_sqlite_fault){0, NEAP_ENOSPC, false};
    assert_int_equal(commit_one(&s, new_item(s.registry, "a")), NEAP_ENOSPC);
    assert_int_equal(events(&s), 1);
    assert_int_equal(commit_one(&s, new_item(s.registry, "a")), 0);
    assert_int_equal(events(&s), 2);
    neap_sqlite_close(&s);
}

static void an_unknown_outcome_without_events_too(void **state)
{
    neap_sqlite s;
    (void)state;
    engine_open(&s);
    for (int landed = 0; landed < 2; landed++) {
        neap_item *item = neap_item_new("a", 1, NULL);
        add_write(item, s.registry, "note");
        s.fault = (neap_sqlite_fault){0, NEAP_EIO, landed};
        assert_int_equal(commit_one(&s, item), landed ? 0 : NEAP_EIO);
    }
    neap_sqlite_close(&s);
}

static void a_store_that_was_lost_is_opened_again(void **state)
{
    neap_sqlite s;
    char here[100], away[100];
    (void)state;
    engine_open(&s);
    assert_int_equal(commit_one(&s, new_item(s.registry, "a")), 0);
    snprintf(here, sizeof here, "%s/neap.db", dir);
    snprintf(away, sizeof away, "%s/away", dir);
    assert_int_equal(mkdir(away, 0777), 0);
    /* the directory itself is gone while it is looked up */
    snprintf(away, sizeof away, "%s-away", dir);
    assert_int_equal(rename(dir, away), 0);
    assert_int_equal(commit_one(&s, new_item(s.registry, "a")), NEAP_EIO);
    assert_null(s.db);
    assert_true(commit_one(&s, new_item(s.registry, "a")) < 0);
    assert_int_equal(rename(away, dir), 0);
    assert_int_equal(commit_one(&s, new_item(s.registry, "a")), 0);
    assert_int_equal(events(&s), 2);
    neap_sqlite_close(&s);
}

/* --- groups --------------------------------------------------------------- */

static void a_late_failure_costs_the_others_nothing(void **state)
{
    neap_sqlite s;
    neap_item *group[6];
    (void)state;
    engine_open(&s);
    for (int i = 0; i < 6; i++) {
        group[i] = new_item(s.registry, i % 2 == 0 ? "even" : "odd");
        if (i == 2 || i == 5)
            add_write(group[i], s.registry, "spoil"); /* NOT NULL, at its end */
        if (i > 0)
            group[i - 1]->next = group[i];
    }
    neap_sqlite_commit(&s, group[0]);
    for (int i = 0; i < 6; i++) {
        bool bad = i == 2 || i == 5;
        assert_int_equal(group[i]->err.code, bad ? NEAP_ECONFLICT : 0);
        neap_item_free(group[i]);
    }
    assert_int_equal(events(&s), 4);
    /* what it remembers is still true */
    assert_int_equal(commit_one(&s, new_item(s.registry, "even")), 0);
    assert_int_equal(commit_one(&s, new_item(s.registry, "odd")), 0);
    assert_int_equal(events(&s), 6);
    neap_sqlite_close(&s);
}

static void a_late_failure_does_not_hide_its_group(void **state)
{
    neap_sqlite s;
    neap_item *good, *bad;
    (void)state;
    engine_open(&s);
    good = new_item(s.registry, "good");
    bad = new_item(s.registry, "bad");
    add_write(bad, s.registry, "spoil");
    good->next = bad;
    s.fault = (neap_sqlite_fault){0, NEAP_EIO, true}; /* it is in the store */
    neap_sqlite_commit(&s, good);
    assert_int_equal(good->err.code, 0);
    assert_true(bad->err.code < 0);
    assert_int_equal(events(&s), 1);
    neap_item_free(good);
    neap_item_free(bad);
    neap_sqlite_close(&s);
}

static void a_statement_that_ends_the_transaction_is_found_out(void **state)
{
    neap_sqlite s;
    neap_item *item;
    (void)state;
    engine_open(&s);
    item = new_item(s.registry, "a");
    add_write(item, s.registry, "leave");
    assert_int_equal(commit_one(&s, item), NEAP_EUNKNOWN);
    assert_int_equal(events(&s), 0);
    assert_int_equal(commit_one(&s, new_item(s.registry, "a")), 0);
    assert_int_equal(events(&s), 1);
    neap_sqlite_close(&s);
}

static void in_memory_it_is_the_same(void **state)
{
    const neap_sim_options options = NEAP_SIM_OPTIONS_INIT;
    world w = {0};
    (void)state;
    assert_int_equal(neap_sim_new(&w.loop, &options, NULL), 0);
    assert_int_equal(neap_store_memory_open(&w.store, w.loop, NULL), 0);
    assert_int_equal(neap_store_define(w.store, &definition, NULL), 0);
    submit(&w, "a");
    submit(&w, "a");
    assert_int_equal(w.done, 0); /* not before the loop's next turn */
    neap_loop_run(w.loop);
    assert_int_equal(w.done, 2);
    submit(&w, "a");
    world_close(&w);
}

int main(void)
{
#define UNIT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        UNIT(many_streams_share_commits),
        UNIT(an_idle_store_does_not_keep_its_loop),
        UNIT(free_writes_what_is_queued),
        UNIT(the_loop_may_go_first),
        UNIT(close_may_free),
        UNIT(a_large_item_is_its_own_group),
        UNIT(two_stores_in_one_process_take_turns),
        UNIT(a_failed_opening_leaves_nothing_open),
        UNIT(it_is_durable_always),
        UNIT(an_unknown_outcome_is_looked_up),
        UNIT(an_unknown_outcome_without_events_too),
        UNIT(a_store_that_was_lost_is_opened_again),
        UNIT(a_late_failure_costs_the_others_nothing),
        UNIT(a_late_failure_does_not_hide_its_group),
        UNIT(a_statement_that_ends_the_transaction_is_found_out),
        UNIT(in_memory_it_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

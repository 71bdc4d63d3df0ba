/* SPDX-License-Identifier: MIT
 *
 * store: one durable commit after the other, and many at once. The baseline is
 * SQLite itself on the same disk (WAL, synchronous=FULL): the same event of 300
 * bytes and upsert of a projection, one and a hundred in a transaction. The
 * files are made where it is started, and removed. */
#include "io/store.h"
#include "base/file.h"
#include "bench.h"
#include "io/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEQUENTIAL = 500, STREAMS = 1000, EACH = 20, BATCH = 100 };

#define UPSERT                                                                 \
    "INSERT INTO run(id,n,state) VALUES(:run,:n,:type) "                       \
    "ON CONFLICT(id) DO UPDATE SET n=excluded.n, state=excluded.state"
#define SCHEMA "CREATE TABLE IF NOT EXISTS run(id TEXT PRIMARY KEY, n, state)"

static char data[300];

static void must(int rc, const neap_err *err)
{
    if (rc >= 0)
        return;
    fprintf(stderr, "bench: %s\n", err->message);
    exit(1);
}

/* The median of `count` times. */
static double median(double *times, int count)
{
    qsort(times, (size_t)count, sizeof *times, bench_compare);
    return times[count / 2];
}

/* --- SQLite alone --------------------------------------------------------- */

typedef struct raw {
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *event, *upsert;
} raw;

static void raw_open(raw *r, const char *dir)
{
    char path[4096];
    neap_err err;
    snprintf(path, sizeof path, "%s/raw.db", dir);
    sqlite3_open(path, &r->db);
    must(neap_sql_exec(
             r->db,
             "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
             "PRAGMA cache_size=-131072;"
             "PRAGMA wal_autocheckpoint=1000;"
             "CREATE TABLE event(seq INTEGER PRIMARY KEY, run TEXT,"
             " n INTEGER, type TEXT, data TEXT, UNIQUE(run,n));" SCHEMA,
             &err),
         &err);
    must(neap_sql_prepare(&r->begin, r->db, "BEGIN IMMEDIATE", &err), &err);
    must(neap_sql_prepare(&r->commit, r->db, "COMMIT", &err), &err);
    must(neap_sql_prepare(&r->event, r->db,
                          "INSERT INTO event(run,n,type,data) VALUES(?,?,?,?)",
                          &err),
         &err);
    must(neap_sql_prepare(&r->upsert, r->db, UPSERT, &err), &err);
}

static void step(sqlite3_stmt *stmt)
{
    if (sqlite3_step(stmt) != SQLITE_DONE)
        exit(1);
    sqlite3_reset(stmt);
}

static void raw_append(raw *r, int stream, int n)
{
    char run[32];
    int len = snprintf(run, sizeof run, "run-%d", stream);
    sqlite3_bind_text(r->event, 1, run, len, SQLITE_STATIC);
    sqlite3_bind_int(r->event, 2, n);
    sqlite3_bind_text(r->event, 3, "step.completed", -1, SQLITE_STATIC);
    sqlite3_bind_text(r->event, 4, data, sizeof data, SQLITE_STATIC);
    step(r->event);
    sqlite3_bind_text(r->upsert, 1, run, len, SQLITE_STATIC);
    sqlite3_bind_int(r->upsert, 2, n);
    sqlite3_bind_text(r->upsert, 3, "step.completed", -1, SQLITE_STATIC);
    step(r->upsert);
}

static void raw_close(raw *r)
{
    sqlite3_finalize(r->begin);
    sqlite3_finalize(r->commit);
    sqlite3_finalize(r->event);
    sqlite3_finalize(r->upsert);
    sqlite3_close(r->db);
}

static double raw_sequential(raw *r, int round)
{
    static double times[SEQUENTIAL];
    for (int i = 0; i < SEQUENTIAL; i++) {
        double began = bench_now();
        step(r->begin);
        raw_append(r, -1, round * SEQUENTIAL + i);
        step(r->commit);
        times[i] = bench_now() - began;
    }
    return median(times, SEQUENTIAL);
}

static double raw_batched(raw *r, int round)
{
    double began = bench_now();
    for (int i = 0; i < STREAMS * EACH; i++) {
        if (i % BATCH == 0)
            step(r->begin);
        raw_append(r, i % STREAMS, round * EACH + i / STREAMS);
        if (i % BATCH == BATCH - 1)
            step(r->commit);
    }
    return (bench_now() - began) / (STREAMS * EACH);
}

/* --- the store ------------------------------------------------------------ */

typedef struct stream {
    neap_store *store;
    int number, left;
    double began, *times;
} stream;

static void submit(stream *s);

static void on_end(neap_store *store, const neap_item *item)
{
    stream *s = item->ud;
    (void)store;
    must(item->err.code, &item->err);
    s->left--;
    if (s->times != NULL)
        s->times[s->left] = bench_now() - s->began;
    if (s->left > 0)
        submit(s);
}

static void submit(stream *s)
{
    char run[32];
    neap_item *item;
    neap_event *event;
    neap_err err;
    int len = snprintf(run, sizeof run, "run-%d", s->number);
    s->began = s->times != NULL ? bench_now() : 0;
    item = neap_item_new(run, (size_t)len, NULL);
    event = neap_item_add_event(item);
    event->field[NEAP_EVENT_TYPE] = neap_value_string("step.completed");
    event->projection = neap_registry_projection(neap_store_registry(s->store),
                                                 "step.completed");
    event->field[NEAP_EVENT_DATA] =
        neap_value_text(neap_item_copy(item, data, sizeof data), sizeof data);
    must(neap_store_commit(s->store, item, on_end, s, &err), &err);
}

static neap_store *store_open(neap_loop *loop, const char *dir)
{
    static const neap_named_sql projections[] = {{"step.completed", UPSERT},
                                                 {NULL, NULL}};
    static const char *const tables[] = {"run", NULL};
    neap_definition definition = NEAP_DEFINITION_INIT;
    neap_store_options options = NEAP_STORE_OPTIONS_INIT;
    neap_store *store;
    neap_err err;
    char path[4096];
    snprintf(path, sizeof path, "%s/store", dir);
    options.path = path;
    definition.version = 1;
    definition.schema = SCHEMA;
    definition.tables = tables;
    definition.projections = projections;
    must(neap_store_open(&store, loop, &options, &err), &err);
    must(neap_store_define(store, &definition, &err), &err);
    return store;
}

static double store_sequential(neap_store *store, neap_loop *loop)
{
    static double times[SEQUENTIAL];
    stream one = {store, -1, SEQUENTIAL, 0, times};
    submit(&one);
    neap_loop_run(loop);
    return median(times, SEQUENTIAL);
}

static double store_grouped(neap_store *store, neap_loop *loop)
{
    static stream streams[STREAMS];
    double began = bench_now();
    for (int i = 0; i < STREAMS; i++) {
        streams[i] = (stream){store, i, EACH, 0, NULL};
        submit(&streams[i]);
    }
    neap_loop_run(loop);
    return (bench_now() - began) / (STREAMS * EACH);
}

int main(void)
{
    double one[BENCH_ROUNDS], many[BENCH_ROUNDS];
    double raw_one[BENCH_ROUNDS], raw_many[BENCH_ROUNDS];
    char dir[] = "./bench-store.XXXXXX";
    neap_loop *loop;
    neap_store *store;
    neap_err err;
    raw r;
    if (mkdtemp(dir) == NULL)
        return 1;
    memset(data, 'x', sizeof data);
    memcpy(data, "{\"value\":\"", 10);
    memcpy(data + sizeof data - 2, "\"}", 2);
    raw_open(&r, dir);
    must(neap_loop_new(&loop, &err), &err);
    store = store_open(loop, dir);
    for (int i = 0; i < BENCH_ROUNDS; i++) {
        raw_one[i] = raw_sequential(&r, i);
        one[i] = store_sequential(store, loop);
        raw_many[i] = raw_batched(&r, i);
        many[i] = store_grouped(store, loop);
    }
    raw_close(&r);
    neap_store_free(store);
    neap_loop_close(loop);
    neap_file_remove_tree(dir, &err);
    printf("{\"bench\":\"store sequential\",\"durability\":\"FULL\","
           "\"p50_ms\":%.3f,\"baseline\":\"one commit of SQLite\","
           "\"baseline_ms\":%.3f,\"ratio\":%.2f}\n",
           bench_median(one) * 1e3, bench_median(raw_one) * 1e3,
           bench_median(one) / bench_median(raw_one));
    printf("{\"bench\":\"store grouped\",\"durability\":\"FULL\","
           "\"per_second\":%.0f,\"baseline\":\"SQLite, %d a commit\","
           "\"baseline_per_second\":%.0f,\"ratio\":%.2f}\n",
           1 / bench_median(many), BATCH, 1 / bench_median(raw_many),
           bench_median(raw_many) / bench_median(many));
    return 0;
}

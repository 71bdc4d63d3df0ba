/* SPDX-License-Identifier: MIT
 *
 * The store beside SQLite itself, on the same disk in the same run: one durable
 * commit after the other, and many at once. Payload: an event of 300 bytes and
 * one upsert of a projection. `store DIR` prints one JSON line for each figure.
 */
#include "io/store.h"
#include "io/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { SEQUENTIAL = 2000, STREAMS = 1000, EACH = 50, BATCH = 100 };

#define UPSERT                                                                 \
    "INSERT INTO run(id,n,state) VALUES(:run,:n,:type) "                       \
    "ON CONFLICT(id) DO UPDATE SET n=excluded.n, state=excluded.state"
#define SCHEMA "CREATE TABLE IF NOT EXISTS run(id TEXT PRIMARY KEY, n, state)"

static char data[300];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(int rc, const neap_err *err)
{
    if (rc >= 0)
        return;
    fprintf(stderr, "bench: %s\n", err->message);
    exit(1);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *name, double *times, int count)
{
    qsort(times, (size_t)count, sizeof *times, by_value);
    printf("{\"bench\":\"store\",\"name\":\"%s\",\"durability\":\"FULL\","
           "\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n",
           name, times[count / 2] * 1e3, times[count * 99 / 100] * 1e3);
    fflush(stdout);
}

static void report_rate(const char *name, int count, double seconds)
{
    printf("{\"bench\":\"store\",\"name\":\"%s\",\"durability\":\"FULL\","
           "\"per_second\":%.0f}\n",
           name, count / seconds);
    fflush(stdout);
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
             "PRAGMA cache_size=-131072; PRAGMA mmap_size=1073741824;"
             "PRAGMA wal_autocheckpoint=4000;"
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

static void bench_raw(const char *dir)
{
    static double times[SEQUENTIAL];
    raw r;
    double began;
    raw_open(&r, dir);
    for (int i = 0; i < SEQUENTIAL; i++) {
        began = now();
        step(r.begin);
        raw_append(&r, -1, i);
        step(r.commit);
        times[i] = now() - began;
    }
    report("raw_commit", times, SEQUENTIAL);
    began = now();
    for (int i = 0; i < STREAMS * EACH; i++) {
        if (i % BATCH == 0)
            step(r.begin);
        raw_append(&r, i % STREAMS, i / STREAMS);
        if (i % BATCH == BATCH - 1)
            step(r.commit);
    }
    report_rate("raw_batched_100", STREAMS * EACH, now() - began);
    sqlite3_finalize(r.begin);
    sqlite3_finalize(r.commit);
    sqlite3_finalize(r.event);
    sqlite3_finalize(r.upsert);
    sqlite3_close(r.db);
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
        s->times[s->left] = now() - s->began;
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
    s->began = s->times != NULL ? now() : 0;
    item = neap_item_new(run, (size_t)len);
    event = neap_item_add_event(item);
    event->field[NEAP_EVENT_TYPE] = neap_value_string("step.completed");
    event->projection = neap_registry_projection(neap_store_registry(s->store),
                                                 "step.completed");
    event->field[NEAP_EVENT_DATA] =
        neap_value_text(neap_item_copy(item, data, sizeof data), sizeof data);
    must(neap_store_commit(s->store, item, on_end, s, &err), &err);
}

static void bench_store(const char *dir)
{
    static const neap_named_sql projections[] = {{"step.completed", UPSERT},
                                                 {NULL, NULL}};
    static const char *const tables[] = {"run", NULL};
    static double times[SEQUENTIAL];
    static stream streams[STREAMS];
    neap_definition definition = NEAP_DEFINITION_INIT;
    neap_store_options options = NEAP_STORE_OPTIONS_INIT;
    neap_err err;
    neap_loop *loop;
    neap_store *store;
    stream one = {.left = SEQUENTIAL, .times = times, .number = -1};
    double began;
    char path[4096];
    snprintf(path, sizeof path, "%s/store", dir);
    options.path = path;
    definition.version = 1;
    definition.schema = SCHEMA;
    definition.tables = tables;
    definition.projections = projections;
    must(neap_loop_new(&loop, &err), &err);
    must(neap_store_open(&store, loop, &options, &err), &err);
    must(neap_store_define(store, &definition, &err), &err);
    one.store = store;
    submit(&one);
    neap_loop_run(loop);
    report("store_commit", times, SEQUENTIAL);
    began = now();
    for (int i = 0; i < STREAMS; i++) {
        streams[i] = (stream){.store = store, .number = i, .left = EACH};
        submit(&streams[i]);
    }
    neap_loop_run(loop);
    report_rate("store_grouped", STREAMS * EACH, now() - began);
    neap_store_free(store);
    neap_loop_close(loop);
}

int main(int argc, char **argv)
{
    const char *dir = argc > 1 ? argv[1] : "/tmp/neap-bench-store";
    mkdir(dir, 0777);
    memset(data, 'x', sizeof data);
    memcpy(data, "{\"value\":\"", 10);
    memcpy(data + sizeof data - 2, "\"}", 2);
    bench_raw(dir);
    bench_store(dir);
    return 0;
}

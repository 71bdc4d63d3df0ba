/* SPDX-License-Identifier: MIT
 *
 * chain: see chain.h. */
#include "io/chain.h"

#include "io/migration.h"
#include "io/sql.h"

#include <stdio.h>
#include <stdlib.h>

static void put_integer(unsigned char *at, uint64_t integer)
{
    for (int i = 0; i < 8; i++)
        at[i] = (unsigned char)(integer >> (56 - 8 * i));
}

static void seal_field(neap_hash *hash, const neap_value *value)
{
    unsigned char head[9] = {(unsigned char)value->type};
    switch (value->type) {
    case NEAP_VALUE_NULL:
        neap_hash_update(hash, head, 1);
        break;
    case NEAP_VALUE_INTEGER:
        put_integer(head + 1, (uint64_t)value->integer);
        neap_hash_update(hash, head, sizeof head);
        break;
    default:
        put_integer(head + 1, value->len);
        neap_hash_update(hash, head, sizeof head);
        neap_hash_update(hash, value->bytes, value->len);
    }
}

void neap_chain_seal(const unsigned char previous[NEAP_HASH_SIZE],
                     const neap_event *event, unsigned char out[NEAP_HASH_SIZE])
{
    neap_hash hash;
    neap_hash_init(&hash);
    neap_hash_update(&hash, previous, NEAP_HASH_SIZE);
    for (int i = 0; i < NEAP_EVENT_FIELDS; i++)
        seal_field(&hash, &event->field[i]);
    neap_hash_final(&hash, out);
}

/* Where the walk is. */
typedef struct walk {
    neap_verified *out;
    char *run; /* owned; the stream, `len` bytes */
    size_t len;
    int64_t n;
    unsigned char hash[NEAP_HASH_SIZE];
    neap_err *err;
} walk;

static int wrong(walk *w, const neap_value *run, int64_t n, int64_t seq,
                 const char *why)
{
    neap_verified *out = w->out;
    snprintf(out->stream, sizeof out->stream, "%.*s", (int)run->len,
             run->bytes);
    out->n = n;
    out->seq = seq;
    return neap_err_set(w->err, NEAP_ECORRUPT,
                        "verifying: stream %s, event %lld (seq %lld): %s",
                        out->stream, (long long)out->n, (long long)out->seq,
                        why);
}

/* A stream begins: from n = 0 and zeros. */
static int begin(walk *w, const neap_value *run)
{
    char *copy;
    if (w->run != NULL && w->len == run->len &&
        memcmp(w->run, run->bytes, run->len) == 0)
        return 0;
    copy = realloc(w->run, run->len + 1);
    if (copy == NULL)
        return neap_err_set(w->err, NEAP_ENOMEM, "verifying: out of memory");
    memcpy(copy, run->bytes, run->len);
    w->run = copy;
    w->len = run->len;
    w->n = 0;
    memset(w->hash, 0, sizeof w->hash);
    w->out->streams++;
    return 0;
}

static int check(walk *w, const neap_event *event, const neap_value *hash)
{
    const neap_value *run = &event->field[NEAP_EVENT_RUN];
    int64_t n = event->field[NEAP_EVENT_N].integer;
    int64_t seq = event->field[NEAP_EVENT_SEQ].integer;
    int rc = begin(w, run);
    if (rc < 0)
        return rc;
    w->out->events++;
    if (n != ++w->n)
        return wrong(w, run, n, seq, "an event before it is missing");
    neap_chain_seal(w->hash, event, w->hash);
    if (hash->len != NEAP_HASH_SIZE ||
        memcmp(hash->bytes, w->hash, NEAP_HASH_SIZE) != 0)
        return wrong(w, run, n, seq, "it is not what was written");
    return 0;
}

static int check_events(walk *w, sqlite3 *db)
{
    neap_event event = {0};
    neap_value hash;
    sqlite3_stmt *stmt = NULL;
    int status, rc = neap_sql_prepare(&stmt, db,
                                      "SELECT " NEAP_EVENT_COLUMNS ",hash "
                                      "FROM event ORDER BY run,n",
                                      w->err);
    while (rc == 0 && (status = sqlite3_step(stmt)) != SQLITE_DONE) {
        if (status != SQLITE_ROW) {
            rc = neap_sql_err(w->err, db, status, "verifying");
            break;
        }
        for (int i = 0; i < NEAP_EVENT_FIELDS; i++)
            event.field[i] = neap_sql_column(stmt, i);
        hash = neap_sql_column(stmt, NEAP_EVENT_FIELDS);
        rc = check(w, &event, &hash);
    }
    sqlite3_finalize(stmt);
    return rc;
}

/* Seq has no gaps, so what is gone from the end of a stream is counted. */
static int miscounted(walk *w, sqlite3 *db, int64_t written)
{
    int64_t seq;
    int rc = neap_sql_integer(
        &seq, db,
        "SELECT min(seq)+1 FROM (SELECT 0 AS seq UNION ALL"
        " SELECT seq FROM event) AS e"
        " WHERE NOT EXISTS (SELECT 1 FROM event WHERE seq=e.seq+1)",
        w->err);
    return rc < 0 ? rc
                  : neap_err_set(w->err, NEAP_ECORRUPT,
                                 "verifying: %lld events were written and %lld "
                                 "are there; the first that is missing has "
                                 "seq %lld",
                                 (long long)written, (long long)w->out->events,
                                 (long long)seq);
}

/* The last event of all is the one its writer left. */
static int check_tip(walk *w, sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    int rc = neap_sql_prepare(&stmt, db,
                              "SELECT t.seq, e.hash IS t.hash, e.n, e.run "
                              "FROM tip t LEFT JOIN event e USING(seq)",
                              w->err);
    int status = rc == 0 ? sqlite3_step(stmt) : SQLITE_OK;
    int64_t seq = status == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    if (status == SQLITE_DONE) {
        rc = neap_err_set(w->err, NEAP_ECORRUPT,
                          "verifying: the end of the journal is not on record");
    } else if (status != SQLITE_ROW) {
        rc = rc < 0 ? rc : neap_sql_err(w->err, db, status, "verifying");
    } else if (w->out->events != seq) {
        rc = miscounted(w, db, seq);
    } else if (!sqlite3_column_int(stmt, 1)) {
        neap_value run = neap_sql_column(stmt, 3);
        rc = wrong(w, &run, sqlite3_column_int64(stmt, 2), seq,
                   "it is not what was written");
    }
    sqlite3_finalize(stmt);
    return rc;
}

int neap_chain_verify(neap_verified *out, sqlite3 *db, neap_err *err)
{
    walk w = {.out = out, .err = err};
    int64_t version;
    int rc = neap_sql_exec(db, "BEGIN", err); /* others may write meanwhile */
    *out = (neap_verified){0};
    if (rc < 0)
        return rc;
    rc = neap_sql_integer(&version, db, "PRAGMA user_version", err);
    if (rc == 0)
        rc = check_events(&w, db);
    if (rc == 0 && version >= NEAP_MIGRATION_TIP)
        rc = check_tip(&w, db);
    neap_sql_exec(db, "ROLLBACK", NULL); /* it only read */
    free(w.run);
    return rc;
}

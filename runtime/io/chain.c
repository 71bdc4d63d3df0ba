/* SPDX-License-Identifier: MIT
 *
 * chain: see chain.h. */
#include "io/chain.h"

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

static int wrong(walk *w, const neap_event *event, const char *why)
{
    const neap_value *run = &event->field[NEAP_EVENT_RUN];
    neap_verified *out = w->out;
    snprintf(out->stream, sizeof out->stream, "%.*s", (int)run->len,
             run->bytes);
    out->n = event->field[NEAP_EVENT_N].integer;
    out->seq = event->field[NEAP_EVENT_SEQ].integer;
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
    int rc = begin(w, &event->field[NEAP_EVENT_RUN]);
    if (rc < 0)
        return rc;
    w->out->events++;
    if (event->field[NEAP_EVENT_N].integer != ++w->n)
        return wrong(w, event, "an event before it is missing");
    neap_chain_seal(w->hash, event, w->hash);
    if (hash->len != NEAP_HASH_SIZE ||
        memcmp(hash->bytes, w->hash, NEAP_HASH_SIZE) != 0)
        return wrong(w, event, "it is not what was written");
    return 0;
}

int neap_chain_verify(neap_verified *out, sqlite3 *db, neap_err *err)
{
    walk w = {.out = out, .err = err};
    neap_event event = {0};
    neap_value hash;
    sqlite3_stmt *stmt = NULL;
    int status, rc = neap_sql_prepare(&stmt, db,
                                      "SELECT " NEAP_EVENT_COLUMNS ",hash "
                                      "FROM event ORDER BY run,n",
                                      err);
    *out = (neap_verified){0};
    while (rc == 0 && (status = sqlite3_step(stmt)) != SQLITE_DONE) {
        if (status != SQLITE_ROW) {
            rc = neap_sql_err(err, db, status, "verifying");
            break;
        }
        for (int i = 0; i < NEAP_EVENT_FIELDS; i++)
            event.field[i] = neap_sql_column(stmt, i);
        hash = neap_sql_column(stmt, NEAP_EVENT_FIELDS);
        rc = check(&w, &event, &hash);
    }
    sqlite3_finalize(stmt);
    free(w.run);
    return rc;
}

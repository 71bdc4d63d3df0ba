/* SPDX-License-Identifier: MIT
 *
 * store_commit: one group of items, one transaction, one fsync. See
 * store_sqlite.h.
 *
 * A group is first tried without savepoints: an item that fails before it has
 * changed anything (a guard, a duplicate) needs none. When one fails later
 * than that, the transaction is rolled back and the group is applied again,
 * each item in a SAVEPOINT of its own. */
#include "io/blob.h"
#include "io/sql.h"
#include "io/store_sqlite.h"

/* What a transaction came to, beside 0 and a code for the whole group. */
enum { AGAIN = 1, UNKNOWN = 2 };

/* An item may fail alone with these; anything else fails its group. */
static bool is_alone(int code)
{
    return code == NEAP_EGUARD || code == NEAP_EDUPLICATE ||
           code == NEAP_ECONFLICT || code == NEAP_EINVAL;
}

/* Blobs are what their names say, and the large ones are on the disk before
 * any transaction begins. */
static void write_blobs(neap_sqlite *s, neap_item *item)
{
    for (neap_item_blob *blob = item->blobs; blob; blob = blob->next) {
        int rc = 0;
        if (!neap_blob_is(blob->hash, blob->bytes, blob->len))
            rc = neap_err_set(&item->err, NEAP_EINVAL,
                              "commit to %s: blob %s has another hash",
                              item->run.bytes, blob->hash);
        else if (s->dir != NULL && blob->len > NEAP_BLOB_ROW)
            rc = neap_blob_write(&neap_sys_libc, s->dir, blob->hash,
                                 blob->bytes, blob->len, &item->err);
        item->refused = rc < 0;
        if (rc < 0)
            return;
    }
}

/* Somebody else may have written: then what we remember is worth nothing. */
static int refresh(neap_sqlite *s, neap_err *err)
{
    sqlite3_stmt *version = s->stmt[NEAP_SQLITE_DATA_VERSION];
    sqlite3_stmt *seq = s->stmt[NEAP_SQLITE_LAST_SEQ];
    int64_t now = -1;
    int status = sqlite3_step(version);
    if (status == SQLITE_ROW)
        now = sqlite3_column_int64(version, 0);
    sqlite3_reset(version);
    if (status == SQLITE_ROW && now == s->data_version)
        return 0;
    if (status == SQLITE_ROW)
        status = sqlite3_step(seq);
    if (status == SQLITE_ROW) {
        neap_heads_clear(&s->heads);
        s->last_seq = sqlite3_column_int64(seq, 0);
        s->data_version = now;
    }
    sqlite3_reset(seq);
    return status == SQLITE_ROW
               ? 0
               : neap_sql_err(err, s->db, status, "reading the store");
}

/* The next group reads again what is remembered. */
static void forget(neap_sqlite *s)
{
    s->data_version = -1;
}

static void roll_back(neap_sqlite *s)
{
    if (!sqlite3_get_autocommit(s->db))
        neap_sqlite__run(s, NEAP_SQLITE_ROLLBACK, NULL);
}

/* One item; `careful` says it has a savepoint. 0, AGAIN, or a code that fails
 * the whole group. */
static int apply(neap_sqlite *s, neap_item *item, bool careful)
{
    int64_t seq = s->last_seq;
    unsigned char hash[NEAP_HASH_SIZE];
    sqlite3_int64 changes = sqlite3_total_changes64(s->db);
    neap_err *err = &item->err;
    int rc = careful ? neap_sqlite__run(s, NEAP_SQLITE_SAVEPOINT, err) : 0;
    memcpy(hash, s->last_hash, sizeof hash);
    if (rc == 0)
        rc = neap_sqlite__apply(s, item);
    if (sqlite3_get_autocommit(s->db) && (rc == 0 || is_alone(rc)))
        return neap_err_set(err, NEAP_EUNKNOWN,
                            "commit to %s: a statement ended the transaction",
                            item->run.bytes);
    if (rc == 0)
        return careful ? neap_sqlite__run(s, NEAP_SQLITE_RELEASE, err) : 0;
    if (!is_alone(rc))
        return rc;
    s->last_seq = seq;
    memcpy(s->last_hash, hash, sizeof hash);
    neap_heads_forget(&s->heads, &item->run);
    if (!careful)
        return sqlite3_total_changes64(s->db) != changes ? AGAIN : 0;
    if (neap_sqlite__run(s, NEAP_SQLITE_UNDO, NULL) < 0 ||
        neap_sqlite__run(s, NEAP_SQLITE_RELEASE, NULL) < 0)
        return neap_err_set(err, NEAP_EUNKNOWN, "commit: no way back");
    return 0;
}

/* What verify finds the end of the journal by. */
static int put_tip(neap_sqlite *s, neap_err *err)
{
    sqlite3_stmt *stmt = s->stmt[NEAP_SQLITE_TIP];
    sqlite3_bind_int64(stmt, 1, s->last_seq);
    sqlite3_bind_blob(stmt, 2, s->last_hash, NEAP_HASH_SIZE, SQLITE_STATIC);
    return neap_sqlite__run(s, NEAP_SQLITE_TIP, err);
}

/* A group without events leaves a mark, so that it can be known again. */
static int put_witness(neap_sqlite *s, neap_err *err)
{
    sqlite3_randomness(NEAP_HASH_SIZE, s->last_hash);
    sqlite3_bind_blob(s->stmt[NEAP_SQLITE_WITNESS], 1, s->last_hash,
                      NEAP_HASH_SIZE, SQLITE_STATIC);
    return neap_sqlite__run(s, NEAP_SQLITE_WITNESS, err);
}

static int end(neap_sqlite *s, neap_err *err)
{
    neap_sqlite_fault *fault = &s->fault;
    if (fault->after != 0) {
        fault->after -= fault->after > 0;
        return neap_sqlite__run(s, NEAP_SQLITE_COMMIT, err) < 0 ? UNKNOWN : 0;
    }
    fault->after = -1;
    neap_sqlite__run(
        s, fault->landed ? NEAP_SQLITE_COMMIT : NEAP_SQLITE_ROLLBACK, NULL);
    neap_err_set(err, fault->code, "committing: simulated failure");
    return UNKNOWN;
}

static int transaction(neap_sqlite *s, neap_item *group, bool careful,
                       neap_err *err)
{
    int64_t before;
    bool any = false;
    int rc = neap_sqlite__run(s, NEAP_SQLITE_BEGIN, err);
    if (rc == 0)
        rc = refresh(s, err);
    before = s->last_seq;
    for (neap_item *item = group; rc == 0 && item; item = item->next) {
        if (item->refused)
            continue;
        rc = apply(s, item, careful);
        if (rc < 0)
            *err = item->err;
        any |= item->err.code == 0;
    }
    if (rc == 0 && any)
        rc = s->last_seq == before ? put_witness(s, err) : put_tip(s, err);
    if (rc == 0 && any)
        return end(s, err);
    roll_back(s);
    if (rc != 0)
        forget(s);
    return rc;
}

/* A failed COMMIT may have happened or not: look from a new connection. */
static int settle(neap_sqlite *s, const neap_err *err)
{
    sqlite3_stmt *stmt;
    bool landed;
    int64_t seq = s->last_seq;
    unsigned char hash[NEAP_HASH_SIZE];
    memcpy(hash, s->last_hash, sizeof hash);
    forget(s);
    if (s->dir != NULL && neap_sqlite__reopen(s, NULL) < 0)
        return err->code;
    stmt = s->stmt[NEAP_SQLITE_LANDED];
    sqlite3_bind_int64(stmt, 1, seq);
    sqlite3_bind_blob(stmt, 2, hash, sizeof hash, SQLITE_STATIC);
    landed = sqlite3_step(stmt) == SQLITE_ROW;
    sqlite3_reset(stmt);
    return landed ? 0 : err->code;
}

/* SQLite goes on in a file that was removed; whoever looks later finds none. */
static int check_place(neap_sqlite *s, neap_err *err)
{
    int moved = 0;
    if (s->dir == NULL ||
        sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) !=
            SQLITE_OK ||
        !moved)
        return 0;
    forget(s);
    neap_sqlite__reopen(s, NULL);
    return neap_err_set(err, NEAP_EIO, "the store in %s was removed", s->dir);
}

void neap_sqlite_commit(neap_sqlite *s, neap_item *group)
{
    neap_err err = NEAP_ERR_INIT;
    int rc = s->db != NULL ? 0 : neap_sqlite__reopen(s, &err);
    if (rc == 0)
        rc = check_place(s, &err);
    for (neap_item *item = group; rc == 0 && item; item = item->next)
        write_blobs(s, item);
    if (rc == 0)
        rc = transaction(s, group, false, &err);
    if (rc == AGAIN)
        rc = transaction(s, group, true, &err);
    if (rc == UNKNOWN)
        rc = settle(s, &err);
    for (neap_item *item = group; rc < 0 && item; item = item->next) {
        if (item->refused)
            continue;
        item->ack = (neap_ack){0};
        item->err = err;
    }
}

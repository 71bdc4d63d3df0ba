/* SPDX-License-Identifier: MIT
 *
 * store_apply: one item inside an open transaction: fence, guards, blobs,
 * events with their projections, writes. See store_sqlite.h. */
#include "io/blob.h"
#include "io/sql.h"
#include "io/store_sqlite.h"

static int failed(neap_sqlite *s, neap_item *item, int status, const char *what)
{
    return neap_sql_err(&item->err, s->db, status, "%s", what);
}

/* This process owns the run at the item's fence. */
static int check_fence(neap_sqlite *s, neap_item *item)
{
    sqlite3_stmt *stmt = s->stmt[NEAP_SQLITE_FENCE];
    int status;
    if (item->fence == NEAP_ITEM_NO_FENCE)
        return 0;
    neap_sql_bind(stmt, 1, &item->run);
    sqlite3_bind_int64(stmt, 2, s->owner);
    sqlite3_bind_int64(stmt, 3, item->fence);
    status = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    if (status == SQLITE_ROW)
        return 0;
    if (status != SQLITE_DONE)
        return failed(s, item, status, "checking the fence");
    item->ack.guard = "fence";
    return neap_err_set(&item->err, NEAP_EGUARD,
                        "commit to %s: this process does not own it at fence "
                        "%lld",
                        item->run.bytes, (long long)item->fence);
}

static int check_guards(neap_sqlite *s, neap_item *item)
{
    for (neap_item_call *guard = item->guards; guard; guard = guard->next) {
        bool hit;
        int rc = neap_registry_call(s->registry, guard, &hit, &item->err);
        if (rc < 0)
            return rc;
        if (hit)
            continue;
        item->ack.guard = neap_registry_name(s->registry, guard->statement);
        return neap_err_set(&item->err, NEAP_EGUARD,
                            "commit to %s: guard \"%s\" refused",
                            item->run.bytes, item->ack.guard);
    }
    return 0;
}

static int put_blobs(neap_sqlite *s, neap_item *item)
{
    sqlite3_stmt *stmt = s->stmt[NEAP_SQLITE_BLOB];
    for (neap_item_blob *blob = item->blobs; blob; blob = blob->next) {
        int status;
        sqlite3_bind_text(stmt, 1, blob->hash, -1, SQLITE_STATIC);
        sqlite3_bind_int64(stmt, 2, (sqlite3_int64)blob->len);
        if (s->dir != NULL && blob->len > NEAP_BLOB_ROW)
            sqlite3_bind_null(stmt, 3); /* its file is on the disk already */
        else
            sqlite3_bind_blob64(stmt, 3, blob->bytes, blob->len, SQLITE_STATIC);
        status = sqlite3_step(stmt);
        sqlite3_reset(stmt);
        if (status != SQLITE_DONE)
            return failed(s, item, status, "writing a blob");
    }
    return 0;
}

/* The last event of the item's stream, from memory or from the table. */
static neap_head *head_of(neap_sqlite *s, neap_item *item)
{
    sqlite3_stmt *stmt = s->stmt[NEAP_SQLITE_HEAD];
    neap_value hash;
    bool found;
    int status;
    neap_head *head = neap_heads_get(&s->heads, &item->run, &found);
    if (head == NULL) {
        neap_err_set(&item->err, NEAP_ENOMEM, "commit: out of memory");
        return NULL;
    }
    if (found)
        return head;
    neap_sql_bind(stmt, 1, &item->run);
    status = sqlite3_step(stmt);
    if (status == SQLITE_ROW) {
        head->n = sqlite3_column_int64(stmt, 0);
        hash = neap_sql_column(stmt, 1);
        if (hash.len == NEAP_HASH_SIZE)
            memcpy(head->hash, hash.bytes, NEAP_HASH_SIZE);
    }
    sqlite3_reset(stmt);
    if (status == SQLITE_ROW || status == SQLITE_DONE)
        return head;
    neap_heads_forget(&s->heads, &item->run);
    failed(s, item, status, "reading the end of a stream");
    return NULL;
}

/* Has one of the item's commands been committed before? */
static int find_duplicate(neap_sqlite *s, neap_item *item)
{
    sqlite3_stmt *stmt = s->stmt[NEAP_SQLITE_COMMAND];
    for (neap_event *event = item->events; event; event = event->next) {
        const neap_value *command = &event->field[NEAP_EVENT_COMMAND];
        if (command->type == NEAP_VALUE_NULL)
            continue;
        neap_sql_bind(stmt, 1, &item->run);
        neap_sql_bind(stmt, 2, command);
        /* an event of this very item is not "before" */
        sqlite3_bind_int64(stmt, 3, item->ack.seq);
        if (sqlite3_step(stmt) == SQLITE_ROW) {
            item->ack.guard = NULL;
            item->ack.seq = sqlite3_column_int64(stmt, 0);
            sqlite3_reset(stmt);
            return neap_err_set(&item->err, NEAP_EDUPLICATE,
                                "commit to %s: command %.*s was committed "
                                "before",
                                item->run.bytes, (int)command->len,
                                command->bytes);
        }
        sqlite3_reset(stmt);
    }
    return item->err.code;
}

static int insert(neap_sqlite *s, neap_item *item, neap_event *event,
                  const unsigned char hash[NEAP_HASH_SIZE])
{
    sqlite3_stmt *stmt = s->stmt[NEAP_SQLITE_EVENT];
    int status;
    for (int i = 0; i < NEAP_EVENT_FIELDS; i++)
        neap_sql_bind(stmt, i + 1, &event->field[i]);
    sqlite3_bind_blob(stmt, NEAP_EVENT_FIELDS + 1, hash, NEAP_HASH_SIZE,
                      SQLITE_STATIC);
    status = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    return status == SQLITE_DONE ? 0
                                 : failed(s, item, status, "writing an event");
}

static int append(neap_sqlite *s, neap_item *item)
{
    neap_head *head;
    if (item->events == NULL)
        return 0;
    head = head_of(s, item);
    if (head == NULL)
        return item->err.code;
    item->ack.seq = s->last_seq + 1;
    item->ack.n = head->n + 1;
    for (neap_event *event = item->events; event; event = event->next) {
        int rc;
        event->field[NEAP_EVENT_SEQ] = neap_value_integer(++s->last_seq);
        event->field[NEAP_EVENT_N] = neap_value_integer(++head->n);
        neap_chain_seal(head->hash, event, head->hash);
        rc = insert(s, item, event, head->hash);
        if (rc == 0)
            rc = neap_registry_project(s->registry, event, &item->err);
        if (rc < 0)
            return rc;
    }
    memcpy(s->last_hash, head->hash, NEAP_HASH_SIZE);
    return 0;
}

static int run_writes(neap_sqlite *s, neap_item *item)
{
    for (neap_item_call *write = item->writes; write; write = write->next) {
        bool hit;
        int rc = neap_registry_call(s->registry, write, &hit, &item->err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* A deferred key would fail the whole group at COMMIT. */
static int check_keys(neap_sqlite *s, neap_item *item)
{
    int open = 0, unused = 0;
    sqlite3_db_status(s->db, SQLITE_DBSTATUS_DEFERRED_FKS, &open, &unused, 0);
    return open == 0 ? 0
                     : neap_err_set(&item->err, NEAP_ECONFLICT,
                                    "commit to %s: FOREIGN KEY constraint "
                                    "failed",
                                    item->run.bytes);
}

int neap_sqlite__apply(neap_sqlite *s, neap_item *item)
{
    int rc;
    item->ack = (neap_ack){0};
    item->err.code = 0;
    rc = check_fence(s, item);
    if (rc == 0)
        rc = check_guards(s, item);
    if (rc == 0)
        rc = put_blobs(s, item);
    if (rc == 0)
        rc = append(s, item);
    if (rc == 0)
        rc = run_writes(s, item);
    if (rc == 0)
        rc = check_keys(s, item);
    if (rc == NEAP_EGUARD || rc == NEAP_ECONFLICT)
        rc = find_duplicate(s, item);
    if (rc < 0 && rc != NEAP_EDUPLICATE)
        item->ack.seq = item->ack.n = 0;
    return rc;
}

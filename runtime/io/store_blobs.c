/* SPDX-License-Identifier: MIT
 *
 * store_blobs: the store's verbs that look at every byte: reading a blob,
 * verify and backup. See store.h. */
#include "io/blob.h"
#include "io/database.h"
#include "io/store_base.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

/* Append the bytes of the row that `rows` stands on: hash, bytes or null. */
static int bytes_of(neap_buf *out, neap_store *store, neap_rows *rows,
                    neap_err *err)
{
    neap_value hash = neap_rows_value(rows, 0);
    neap_value bytes = neap_rows_value(rows, 1);
    if (bytes.type == NEAP_VALUE_NULL && store->path != NULL)
        return neap_blob_read(&neap_sys_libc, out, store->path, hash.bytes,
                              err);
    if (!neap_blob_is(hash.bytes, bytes.bytes, bytes.len))
        return neap_err_set(err, NEAP_ECORRUPT,
                            "blob %s is not what was written", hash.bytes);
    return neap_buf_append(out, bytes.bytes, bytes.len) == 0
               ? 0
               : neap_err_set(err, NEAP_ENOMEM, "out of memory for blob %s",
                              hash.bytes);
}

int neap_store_blob(neap_buf *out, neap_store *store, const char *hash,
                    neap_err *err)
{
    static const char sql[] = "SELECT hash,bytes FROM blob WHERE hash=?";
    neap_value key = neap_value_string(hash);
    neap_rows *rows = NULL;
    int rc = neap_store_query(&rows, store, sql, sizeof sql - 1, err);
    if (rc == 0)
        rc = neap_rows_bind(rows, 1, &key, err);
    if (rc == 0)
        rc = neap_rows_next(rows, err);
    if (rc == 0)
        rc = neap_err_set(err, NEAP_ENOENT, "there is no blob %s", hash);
    else if (rc > 0)
        rc = bytes_of(out, store, rows, err);
    neap_rows_close(rows);
    return rc;
}

/* Call `fn` with every blob in turn. */
static int each_blob(neap_store *store, const char *sql,
                     int (*fn)(void *ud, const char *hash, const neap_buf *blob,
                               neap_err *err),
                     void *ud, neap_err *err)
{
    neap_buf blob = NEAP_BUF_INIT;
    neap_rows *rows = NULL;
    int rc = neap_store_query(&rows, store, sql, strlen(sql), err);
    while (rc == 0 && (rc = neap_rows_next(rows, err)) > 0) {
        neap_buf_clear(&blob);
        rc = bytes_of(&blob, store, rows, err);
        if (rc == NEAP_ENOENT)
            rc = neap_err_set(err, NEAP_ECORRUPT, "blob %s: its file is gone",
                              neap_rows_value(rows, 0).bytes);
        if (rc == 0)
            rc = fn(ud, neap_rows_value(rows, 0).bytes, &blob, err);
    }
    neap_rows_close(rows);
    neap_buf_deinit(&blob);
    return rc;
}

static int count(void *ud, const char *hash, const neap_buf *blob,
                 neap_err *err)
{
    neap_verified *out = ud;
    (void)hash, (void)blob, (void)err;
    out->blobs++;
    return 0;
}

/* SQLite's own look at its pages and indices. */
static int check_pages(neap_store *store, neap_err *err)
{
    static const char sql[] = "PRAGMA integrity_check(1)";
    neap_rows *rows = NULL;
    int rc = neap_store_query(&rows, store, sql, sizeof sql - 1, err);
    if (rc == 0)
        rc = neap_rows_next(rows, err);
    if (rc > 0) {
        neap_value said = neap_rows_value(rows, 0);
        rc = said.len == 2 && memcmp(said.bytes, "ok", 2) == 0
                 ? 0
                 : neap_err_set(err, NEAP_ECORRUPT, "verifying: %.*s",
                                (int)said.len, said.bytes);
    }
    neap_rows_close(rows);
    return rc;
}

int neap_store_verify(neap_verified *out, neap_store *store, neap_err *err)
{
    neap_rows *rows = NULL;
    int rc;
    *out = (neap_verified){0};
    rc = neap_store_query(&rows, store, "SELECT 1", 8, err);
    neap_rows_close(rows);
    if (rc == 0) /* first, because it says where */
        rc = neap_chain_verify(out, neap_reader_db(store->reader), err);
    if (rc == 0)
        rc = check_pages(store, err);
    if (rc == 0)
        rc = each_blob(store, "SELECT hash,bytes FROM blob", count, out, err);
    if (rc == 0 && store->engine.registry != NULL) {
        pthread_mutex_lock(&store->lock);
        rc = neap_sqlite_compare(&store->engine, err);
        pthread_mutex_unlock(&store->lock);
    }
    return rc;
}

static int copy_blob(void *ud, const char *hash, const neap_buf *blob,
                     neap_err *err)
{
    return neap_blob_write(&neap_sys_libc, ud, hash, blob->bytes, blob->len,
                           err);
}

int neap_store_backup(neap_store *store, const char *path, neap_err *err)
{
    char file[PATH_MAX];
    int rc = neap_database_make(path, err);
    if (rc == 0)
        rc = neap_database_check(path, err);
    if (rc != NEAP_ENOENT)
        return rc < 0 ? rc
                      : neap_err_set(err, NEAP_EEXIST,
                                     "backup to %s: there is a store", path);
    /* files first: what the copy names is there */
    rc = each_blob(store, "SELECT hash,bytes FROM blob WHERE bytes IS NULL",
                   copy_blob, (void *)path, err);
    if (rc < 0)
        return rc;
    if (snprintf(file, sizeof file, "%s/neap.db", path) >= PATH_MAX)
        return neap_err_sys(err, ENAMETOOLONG, "backup to %s", path);
    pthread_mutex_lock(&store->lock);
    rc = neap_sqlite_backup(&store->engine, file, err);
    pthread_mutex_unlock(&store->lock);
    return rc;
}

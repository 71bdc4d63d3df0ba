/* SPDX-License-Identifier: MIT
 *
 * sql: see sql.h. */
#include "io/sql.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* SQLite says only "unable to open" or "disk I/O error", and errno may know
 * why. It is believed where it speaks of the machine: SQLite looks for files
 * that need not be there, and what it leaves of that means nothing. */
static int code_of_errno(int sys)
{
    int code = neap_err_code(sys);
    return code == NEAP_ENOSPC || code == NEAP_EREADONLY || code == NEAP_ELIMIT
               ? code
               : NEAP_EIO;
}

static int code_of(int status, int sys)
{
    switch (status & 0xff) {
    case SQLITE_NOMEM:
        return NEAP_ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return NEAP_EBUSY;
    case SQLITE_FULL:
        return NEAP_ENOSPC;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return NEAP_EREADONLY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return NEAP_ECORRUPT;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return code_of_errno(sys);
    case SQLITE_CONSTRAINT:
        return NEAP_ECONFLICT;
    case SQLITE_RANGE:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_ERROR:
        return NEAP_EINVAL;
    default:
        return NEAP_EUNKNOWN;
    }
}

int neap_sql_err(neap_err *err, sqlite3 *db, int status, const char *fmt, ...)
{
    int sys = db != NULL ? sqlite3_system_errno(db) : 0;
    int code = code_of(status, sys);
    if (err != NULL) {
        const char *why = db != NULL && sqlite3_errcode(db) == (status & 0xff)
                              ? sqlite3_errmsg(db)
                              : sqlite3_errstr(status);
        char what[160];
        va_list args;
        va_start(args, fmt);
        vsnprintf(what, sizeof what, fmt, args);
        va_end(args);
        neap_err_set(err, code, "%s: %s", what, why);
        err->sys = code == NEAP_ECONFLICT || code == NEAP_EINVAL ? 0 : sys;
    }
    return code;
}

int neap_sql_exec(sqlite3 *db, const char *sql, neap_err *err)
{
    int status = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return status == SQLITE_OK ? 0 : neap_sql_err(err, db, status, "%s", sql);
}

int neap_sql_prepare(sqlite3_stmt **out, sqlite3 *db, const char *sql,
                     neap_err *err)
{
    int status =
        sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    return status == SQLITE_OK ? 0 : neap_sql_err(err, db, status, "%s", sql);
}

/* SQLite copies a text of given length, each time a function of SQL reads it,
 * to put a NUL behind it; where it looks for the NUL itself it does not. */
static int bind_text(sqlite3_stmt *stmt, int index, const neap_value *value)
{
    if (value->bytes != NULL && strlen(value->bytes) == value->len)
        return sqlite3_bind_text(stmt, index, value->bytes, -1, SQLITE_STATIC);
    return sqlite3_bind_text64(stmt, index, value->bytes, value->len,
                               SQLITE_STATIC, SQLITE_UTF8);
}

int neap_sql_bind(sqlite3_stmt *stmt, int index, const neap_value *value)
{
    switch (value->type) {
    case NEAP_VALUE_INTEGER:
        return sqlite3_bind_int64(stmt, index, value->integer);
    case NEAP_VALUE_REAL:
        return sqlite3_bind_double(stmt, index, value->real);
    case NEAP_VALUE_TEXT:
        return bind_text(stmt, index, value);
    case NEAP_VALUE_BLOB:
        return sqlite3_bind_blob64(stmt, index, value->bytes, value->len,
                                   SQLITE_STATIC);
    default:
        return sqlite3_bind_null(stmt, index);
    }
}

/* Looked up once, and then read as it is: a connection is one thread's. */
neap_value neap_sql_column(sqlite3_stmt *stmt, int column)
{
    sqlite3_value *value = sqlite3_column_value(stmt, column);
    const char *bytes;
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        return neap_value_integer(sqlite3_value_int64(value));
    case SQLITE_FLOAT:
        return neap_value_real(sqlite3_value_double(value));
    case SQLITE_TEXT:
        bytes = (const char *)sqlite3_value_text(value);
        return neap_value_text(bytes, (size_t)sqlite3_value_bytes(value));
    case SQLITE_BLOB:
        bytes = sqlite3_value_blob(value);
        return neap_value_blob(bytes, (size_t)sqlite3_value_bytes(value));
    default:
        return neap_value_null();
    }
}

int neap_sql_integer(int64_t *out, sqlite3 *db, const char *sql, neap_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int status, rc = neap_sql_prepare(&stmt, db, sql, err);
    *out = 0;
    if (rc < 0)
        return rc;
    status = sqlite3_step(stmt);
    if (status == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    else if (status != SQLITE_DONE)
        rc = neap_sql_err(err, db, status, "%s", sql);
    sqlite3_finalize(stmt);
    return rc;
}

int neap_sql_set_meta(sqlite3 *db, const char *key, neap_value value,
                      neap_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int status, rc;
    rc = neap_sql_prepare(
        &stmt, db, "INSERT OR REPLACE INTO meta(key,value) VALUES(?,?)", err);
    if (rc < 0)
        return rc;
    sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
    neap_sql_bind(stmt, 2, &value);
    status = sqlite3_step(stmt);
    if (status != SQLITE_DONE)
        rc = neap_sql_err(err, db, status, "setting meta %s", key);
    sqlite3_finalize(stmt);
    return rc;
}

int neap_sql_get_meta(char **out, sqlite3 *db, const char *key, neap_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int status, rc;
    *out = NULL;
    rc = neap_sql_prepare(&stmt, db, "SELECT value FROM meta WHERE key=?", err);
    if (rc < 0)
        return rc;
    sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
    status = sqlite3_step(stmt);
    if (status == SQLITE_ROW) {
        *out = strdup((const char *)sqlite3_column_text(stmt, 0));
        if (*out == NULL)
            rc = neap_err_set(err, NEAP_ENOMEM, "reading meta %s", key);
    } else if (status != SQLITE_DONE) {
        rc = neap_sql_err(err, db, status, "reading meta %s", key);
    }
    sqlite3_finalize(stmt);
    return rc;
}

/* SPDX-License-Identifier: MIT
 *
 * reader: see reader.h. */
#include "io/reader.h"

#include "io/database.h"
#include "io/sql.h"

#include <stdio.h>
#include <stdlib.h>

/* Statements kept prepared; the oldest gives way. */
#define KEPT 32

/* Readers wait for nobody, but for the moment in which a store is opened after
 * a crash or closed by its last process. */
#define BUSY_MS 1000

struct neap_rows {
    sqlite3_stmt *stmt; /* owned; NULL: the place is free */
    const char *sql;    /* borrowed from it */
    size_t len;
    bool busy; /* being read */
    bool kept; /* a place in `kept`, not memory of its own */
};

struct neap_reader {
    sqlite3 *db;
    bool borrowed;
    int oldest;
    neap_rows kept[KEPT];
};

int neap_reader_new(neap_reader **out, const char *dir, sqlite3 *db,
                    neap_err *err)
{
    neap_reader *reader = calloc(1, sizeof *reader);
    int rc = 0;
    if (reader == NULL)
        return neap_err_set(err, NEAP_ENOMEM, "opening store: out of memory");
    reader->db = db;
    reader->borrowed = db != NULL;
    if (db == NULL)
        rc = neap_database_open(&reader->db, dir, true, BUSY_MS, err);
    if (rc < 0) {
        free(reader);
        return rc;
    }
    *out = reader;
    return 0;
}

void neap_reader_free(neap_reader *reader)
{
    if (reader == NULL)
        return;
    for (int i = 0; i < KEPT; i++)
        sqlite3_finalize(reader->kept[i].stmt);
    if (!reader->borrowed)
        neap_database_close(reader->db);
    free(reader);
}

sqlite3 *neap_reader_db(neap_reader *reader)
{
    return reader->db;
}

static neap_rows *find(neap_reader *reader, const char *sql, size_t len)
{
    for (int i = 0; i < KEPT; i++) {
        neap_rows *rows = &reader->kept[i];
        if (rows->stmt != NULL && !rows->busy && rows->len == len &&
            memcmp(rows->sql, sql, len) == 0)
            return rows;
    }
    return NULL;
}

/* Without the blanks and semicolons at its end. */
static size_t trimmed(const char *sql, size_t len)
{
    while (len > 0 && strchr(" \t\r\n;", sql[len - 1]) != NULL)
        len--;
    return len;
}

/* A free place, or memory of its own when all are being read. */
static neap_rows *place(neap_reader *reader)
{
    for (int tries = 0; tries < KEPT; tries++) {
        neap_rows *rows = &reader->kept[reader->oldest];
        reader->oldest = (reader->oldest + 1) % KEPT;
        if (rows->busy)
            continue;
        sqlite3_finalize(rows->stmt);
        *rows = (neap_rows){.kept = true};
        return rows;
    }
    return calloc(1, sizeof(neap_rows));
}

static int prepare(sqlite3_stmt **out, neap_reader *reader, const char *sql,
                   size_t len, neap_err *err)
{
    const char *rest = NULL;
    int status = sqlite3_prepare_v3(reader->db, sql, (int)len,
                                    SQLITE_PREPARE_PERSISTENT, out, &rest);
    if (status != SQLITE_OK)
        return neap_sql_err(err, reader->db, status, "query");
    if (*out != NULL && sqlite3_stmt_readonly(*out) && rest == sql + len)
        return 0;
    sqlite3_finalize(*out);
    return neap_err_set(err, NEAP_EINVAL,
                        "query: expected one statement that only reads");
}

int neap_rows_open(neap_rows **out, neap_reader *reader, const char *sql,
                   size_t len, neap_err *err)
{
    neap_rows *rows;
    len = trimmed(sql, len);
    rows = find(reader, sql, len);
    if (rows == NULL) {
        sqlite3_stmt *stmt = NULL;
        int rc = prepare(&stmt, reader, sql, len, err);
        if (rc < 0)
            return rc;
        rows = place(reader);
        if (rows == NULL) {
            sqlite3_finalize(stmt);
            return neap_err_set(err, NEAP_ENOMEM, "query: out of memory");
        }
        rows->stmt = stmt;
        rows->sql = sqlite3_sql(stmt);
        rows->len = len;
    }
    rows->busy = true;
    *out = rows;
    return 0;
}

void neap_rows_close(neap_rows *rows)
{
    if (rows == NULL)
        return;
    sqlite3_reset(rows->stmt);
    sqlite3_clear_bindings(rows->stmt);
    rows->busy = false;
    if (!rows->kept) {
        sqlite3_finalize(rows->stmt);
        free(rows);
    }
}

int neap_rows_parameters(const neap_rows *rows)
{
    return sqlite3_bind_parameter_count(rows->stmt);
}

int neap_rows_parameter(const neap_rows *rows, const char *name)
{
    char full[64];
    snprintf(full, sizeof full, ":%s", name);
    return sqlite3_bind_parameter_index(rows->stmt, full);
}

int neap_rows_bind(neap_rows *rows, int parameter, const neap_value *value,
                   neap_err *err)
{
    int status = neap_sql_bind(rows->stmt, parameter, value);
    return status == SQLITE_OK ? 0
                               : neap_sql_err(err, NULL, status,
                                              "query: parameter %d", parameter);
}

int neap_rows_next(neap_rows *rows, neap_err *err)
{
    int status = sqlite3_step(rows->stmt);
    if (status == SQLITE_ROW || status == SQLITE_DONE)
        return status == SQLITE_ROW;
    return neap_sql_err(err, sqlite3_db_handle(rows->stmt), status, "query");
}

int neap_rows_columns(const neap_rows *rows)
{
    return sqlite3_column_count(rows->stmt);
}

const char *neap_rows_name(const neap_rows *rows, int column)
{
    return sqlite3_column_name(rows->stmt, column);
}

bool neap_rows_is_null(const neap_rows *rows, int column)
{
    return sqlite3_column_type(rows->stmt, column) == SQLITE_NULL;
}

neap_value neap_rows_value(const neap_rows *rows, int column)
{
    return neap_sql_column(rows->stmt, column);
}

/* SPDX-License-Identifier: MIT
 *
 * sql: SQLite's verbs in the hand of this house.
 *
 * Owns: how values are bound and read, and which of our codes each of SQLite's
 * is. Refuses to know: any table. Uses: sqlite3, value, base/err.
 */
#ifndef NEAP_IO_SQL_H
#define NEAP_IO_SQL_H

#include "base/err.h"
#include "io/value.h"

#include <sqlite3.h>

/* Fill `err` with our code for SQLite's `status`, and SQLite's words after
 * what was attempted. `db` may be NULL. */
int neap_sql_err(neap_err *err, sqlite3 *db, int status, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Run one or more statements that return nothing of interest. */
int neap_sql_exec(sqlite3 *db, const char *sql, neap_err *err);

/* A statement kept for many uses; the caller finalizes it. */
int neap_sql_prepare(sqlite3_stmt **out, sqlite3 *db, const char *sql,
                     neap_err *err);

/* The bytes are borrowed until the statement is bound again. Returns SQLite's
 * status. */
int neap_sql_bind(sqlite3_stmt *stmt, int index, const neap_value *value);

/* Borrowed until the statement moves. */
neap_value neap_sql_column(sqlite3_stmt *stmt, int column);

/* The first integer of the first row; 0 when there is none. */
int neap_sql_integer(int64_t *out, sqlite3 *db, const char *sql, neap_err *err);

/* meta(key, value): set, and read (the text is the caller's to free; NULL when
 * the key is not there). */
int neap_sql_set_meta(sqlite3 *db, const char *key, neap_value value,
                      neap_err *err);
int neap_sql_get_meta(char **out, sqlite3 *db, const char *key, neap_err *err);

#endif

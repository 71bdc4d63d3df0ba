/* SPDX-License-Identifier: MIT
 *
 * reader: questions to the database, answered row by row.
 *
 * Owns: a connection that cannot write and the statements it has prepared.
 * Refuses to know: any table. Uses: database, sql.
 */
#ifndef NEAP_IO_READER_H
#define NEAP_IO_READER_H

#include "base/err.h"
#include "io/value.h"

#include <stdbool.h>
#include <stddef.h>

struct sqlite3;
typedef struct neap_reader neap_reader;
typedef struct neap_rows neap_rows; /* the answer to one question */

/* Connect to the database in `dir`, or borrow `db` (until free) when that is
 * given. `*out` is the caller's to free. */
int neap_reader_new(neap_reader **out, const char *dir, struct sqlite3 *db,
                    neap_err *err);
void neap_reader_free(neap_reader *reader); /* NULL is fine */

struct sqlite3 *neap_reader_db(neap_reader *reader);

/* Ask: one statement that only reads, else NEAP_EINVAL. Close the answer
 * before the next turn of the loop: it holds a snapshot. */
int neap_rows_open(neap_rows **out, neap_reader *reader, const char *sql,
                   size_t len, neap_err *err);
void neap_rows_close(neap_rows *rows); /* NULL is fine */

/* Its parameters, counted from 1; 0 when there is none of that name. Bytes
 * given are borrowed until close. */
int neap_rows_parameters(const neap_rows *rows);
int neap_rows_parameter(const neap_rows *rows, const char *name);
int neap_rows_bind(neap_rows *rows, int parameter, const neap_value *value,
                   neap_err *err);

/* 1: there is a row, 0: that was the last, or a negative code. */
int neap_rows_next(neap_rows *rows, neap_err *err);

/* Its columns, counted from 0; names and bytes are borrowed until the next
 * row. */
int neap_rows_columns(const neap_rows *rows);
const char *neap_rows_name(const neap_rows *rows, int column);
bool neap_rows_is_null(const neap_rows *rows, int column);
neap_value neap_rows_value(const neap_rows *rows, int column);

#endif

/* SPDX-License-Identifier: MIT
 *
 * database: a store's place on disk, and connections to its one file.
 *
 * Owns: the layout of DIR, what is refused before anything is touched, and the
 * settings of a connection (WAL, synchronous=FULL). Refuses to know:
 * what is in the tables. Uses: sqlite3, sql, migration.
 *
 *   DIR/neap.db  DIR/blobs/aa/HASH  DIR/spool/  DIR/owners  DIR/wake
 */
#ifndef NEAP_IO_DATABASE_H
#define NEAP_IO_DATABASE_H

#include "base/err.h"

#include <sqlite3.h>
#include <stdbool.h>

/* Make DIR, parents included, and its place for spools. */
int neap_database_make(const char *dir, neap_err *err);

/* Look at DIR/neap.db with plain reads. NEAP_ENOENT when it is not there or
 * not finished, NEAP_ECORRUPT when it is not a database of neap or was emptied,
 * NEAP_EVERSION when a newer neap made it. */
int neap_database_check(const char *dir, neap_err *err);

/* Connect. `dir` NULL is a database in memory. A writable one is migrated; a
 * read-only one also opens where nothing may be written. `busy_ms` is how
 * long to wait for another writer. */
int neap_database_open(sqlite3 **out, const char *dir, bool read_only,
                       int busy_ms, neap_err *err);

/* Whether a transaction that ends waits until it is on the disk; it does after
 * open. One that did not is there with the next that does, or not at all: only
 * for what is made again when it is lost. */
int neap_database_wait(sqlite3 *db, bool wait, neap_err *err);

/* NULL is fine. Statements must be finalized before. */
void neap_database_close(sqlite3 *db);

#endif

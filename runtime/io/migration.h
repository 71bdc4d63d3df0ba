/* SPDX-License-Identifier: MIT
 *
 * migration: the core tables, made in numbered steps.
 *
 * Owns: the format of the database and its number. Refuses to know: where the
 * database is, and the tables others register. Uses: sql.
 *
 * A database says in its header whose it is (application id) and which
 * migration it has seen last (user version). A migration that has shipped is
 * never edited; a change is the next number.
 */
#ifndef NEAP_IO_MIGRATION_H
#define NEAP_IO_MIGRATION_H

#include "base/err.h"

#include <sqlite3.h>
#include <stdint.h>

#define NEAP_MIGRATION_APPLICATION 0x6e656170 /* "neap" */

#define NEAP_MIGRATION_TIP 2 /* the number that made table `tip` */

/* The number this neap writes. */
int neap_migration_newest(void);

/* Bring `db` up to the newest number, each step in a transaction of its own.
 * NEAP_EVERSION, and nothing done, when it is newer than we are. */
int neap_migration_run(sqlite3 *db, neap_err *err);

/* 0 when a database with this header may be used; NEAP_ECORRUPT when it
 * belongs to another program, NEAP_EVERSION when it is newer. An empty
 * database (both 0) may. */
int neap_migration_check(int64_t application, int64_t version, neap_err *err);

#endif

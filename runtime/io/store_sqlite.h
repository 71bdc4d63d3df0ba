/* SPDX-License-Identifier: MIT
 *
 * store_sqlite: the store without its thread: one connection that writes.
 *
 * Owns: the transaction of a group, what the writer remembers between two of
 * them, and what happens when a commit fails. Refuses to know: loops, threads,
 * and who waits for an item. Uses: sqlite3 through database, registry, heads,
 * chain, blob, owner.
 *
 * Blocking, and for one thread at a time. Four files: store_sqlite.c (life,
 * ownership), store_define.c (tables), store_commit.c (groups), store_apply.c
 * (one item).
 */
#ifndef NEAP_IO_STORE_SQLITE_H
#define NEAP_IO_STORE_SQLITE_H

#include "base/err.h"
#include "io/chain.h"
#include "io/heads.h"
#include "io/item.h"
#include "io/owner.h"
#include "io/registry.h"

#include <sqlite3.h>
#include <stdbool.h>

/* The statements every store has. */
typedef enum neap_sqlite_stmt {
    NEAP_SQLITE_BEGIN,
    NEAP_SQLITE_COMMIT,
    NEAP_SQLITE_ROLLBACK,
    NEAP_SQLITE_SAVEPOINT,
    NEAP_SQLITE_RELEASE,
    NEAP_SQLITE_UNDO,
    NEAP_SQLITE_DATA_VERSION,
    NEAP_SQLITE_LAST_SEQ,
    NEAP_SQLITE_TIP,
    NEAP_SQLITE_HEAD,
    NEAP_SQLITE_EVENT,
    NEAP_SQLITE_COMMAND,
    NEAP_SQLITE_WITNESS,
    NEAP_SQLITE_LANDED,
    NEAP_SQLITE_FENCE,
    NEAP_SQLITE_BLOB,
    NEAP_SQLITE_STATEMENTS
} neap_sqlite_stmt;

/* A commit that is to fail, for simulations. */
typedef struct neap_sqlite_fault {
    int after;   /* groups that still succeed before it; -1: no fault */
    int code;    /* a neap_code */
    bool landed; /* it is in the store all the same */
} neap_sqlite_fault;

typedef struct neap_sqlite {
    sqlite3 *db;     /* NULL: lost, to be opened again */
    const char *dir; /* borrowed; NULL: in memory */
    bool read_only;
    int busy_ms;
    sqlite3_stmt *stmt[NEAP_SQLITE_STATEMENTS];
    neap_registry *registry; /* owned; NULL until defined */
    int64_t owner;           /* our id; 0: none yet */
    int wal_pages;           /* in the WAL after the last commit */
    /* remembered while nobody else writes */
    neap_heads heads;
    int64_t data_version;
    int64_t last_seq;
    /* by which a group is known again: the hash of its last event, or the mark
     * it left in `meta` */
    unsigned char last_hash[NEAP_HASH_SIZE];
    neap_sqlite_fault fault;
} neap_sqlite;

/* --- life ----------------------------------------------------------------- */

/* `dir` is borrowed until close; see database.h for what is refused. */
int neap_sqlite_open(neap_sqlite *s, const char *dir, bool read_only,
                     int busy_ms, neap_err *err);
void neap_sqlite_close(neap_sqlite *s);

/* Teach it the tables and the SQL of a definition, once. Derived tables are
 * made again, from the events, when what defines them has changed. Takes the
 * registry when it succeeds. NEAP_EVERSION when a newer definition was here. */
int neap_sqlite_define(neap_sqlite *s, const neap_definition *definition,
                       neap_registry *registry, neap_err *err);

/* --- verbs ---------------------------------------------------------------- */

/* Commit the items, linked by `next`, together; each gets its ack and err. */
void neap_sqlite_commit(neap_sqlite *s, neap_item *group);

/* Bring the WAL into the file when it has grown long. It makes nothing safer:
 * whoever waits for a commit need not wait for this. */
void neap_sqlite_checkpoint(neap_sqlite *s);

/* Enter a row in `owner` and hold its lock. */
int neap_sqlite_own(neap_sqlite *s, neap_owner *owner, int64_t at,
                    neap_err *err);

/* Empty the projections and play every event into them again. */
int neap_sqlite_rebuild(neap_sqlite *s, neap_err *err);

/* NEAP_ECORRUPT names the first projection that is not what the events make of
 * it. */
int neap_sqlite_compare(neap_sqlite *s, neap_err *err);

/* Copy the database to a new file. */
int neap_sqlite_backup(neap_sqlite *s, const char *path, neap_err *err);

/* --- between its files ---------------------------------------------------- */

/* Apply one item inside the open transaction. NEAP_E… is also in item->err.
 * What it changed before it failed is not undone here. */
int neap_sqlite__apply(neap_sqlite *s, neap_item *item);

/* Run a statement that returns nothing. */
int neap_sqlite__run(neap_sqlite *s, neap_sqlite_stmt which, neap_err *err);

/* A write transaction that is no group of items. One that is not awaited is on
 * the disk with the next that is, or not at all: only for what is made again
 * when it is lost. `end` commits, or rolls back when `rc` says so; after every
 * begin. */
int neap_sqlite__begin(neap_sqlite *s, bool awaited, neap_err *err);
int neap_sqlite__end(neap_sqlite *s, int rc, neap_err *err);

/* Give up the connection and make a new one. */
int neap_sqlite__reopen(neap_sqlite *s, neap_err *err);

#endif

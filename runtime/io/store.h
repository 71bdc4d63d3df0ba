/* SPDX-License-Identifier: MIT
 *
 * store: where everything that matters is written down, once.
 *
 * Owns: the journal of all streams, the tables derived from it, and the tables
 * through which processes agree. Refuses to know: runs, steps, Lua. Uses:
 * io/loop; SQLite through store_sqlite and reader.
 *
 * There are two stores with this face: neap_store_open gives the one on disk,
 * written by a thread of its own; neap_store_memory_open (sim/store_memory.h)
 * one in memory, written at the loop's next turn. The SQL is the same.
 *
 * The laws:
 *  1. An item (io/item.h) is committed whole or not at all, and alone: the
 *     failure of one never touches another.
 *  2. Its callback comes once, from the loop, after the disk has said yes or
 *     no, and in the order in which items were handed over.
 *  3. Nobody sees, through this process or another, what has not been
 *     committed; after the callback everybody does.
 *  4. A commit whose outcome is unknown is looked up before it is answered.
 *  5. Items wait for each other only at the disk: while a group is being
 *     written, the next one collects (at most 1,000 items or 1 MB). Only a
 *     patient item waits for company, 10 ms at most: who hands it over has
 *     something else to do meanwhile.
 *  6. Items under way keep a loop running; a store alone does not.
 */
#ifndef NEAP_IO_STORE_H
#define NEAP_IO_STORE_H

#include "base/buf.h"
#include "base/err.h"
#include "io/chain.h"
#include "io/item.h"
#include "io/loop.h"
#include "io/reader.h"
#include "io/registry.h"

#include <stdbool.h>

typedef struct neap_store neap_store;
typedef void neap_store_fn(neap_store *store, void *ud);

typedef struct neap_store_options {
    const char *path; /* the directory; copied */
    bool read_only;   /* nothing is written, not even a lock */
    bool create;      /* make what is missing */
    int busy_ms;      /* how long a commit waits for another process */
} neap_store_options;

#define NEAP_STORE_OPTIONS_INIT                                                \
    {                                                                          \
        NULL, false, true, 5000                                                \
    }

/* --- life ----------------------------------------------------------------- */

/* NEAP_ENOENT, NEAP_EVERSION, NEAP_ECORRUPT, NEAP_EREADONLY, NEAP_ENOSPC: each
 * before anything is touched. `*out` is owned: end it with neap_store_free. */
int neap_store_open(neap_store **out, neap_loop *loop,
                    const neap_store_options *options, neap_err *err);

/* Take no more items, finish those under way, call `fn` from the loop. */
int neap_store_close(neap_store *store, neap_store_fn *fn, void *ud,
                     neap_err *err);

/* End now if it was not closed (what is queued is written, and nobody is
 * called), and free the memory. Not from one of its callbacks. */
void neap_store_free(neap_store *store);

/* Teach it tables and SQL, before the first commit. */
int neap_store_define(neap_store *store, const neap_definition *definition,
                      neap_err *err);

/* --- verbs ---------------------------------------------------------------- */

/* Hand over an item; taken unless it fails (then the caller still has it). */
int neap_store_commit(neap_store *store, neap_item *item, neap_item_fn *fn,
                      void *ud, neap_err *err);

/* Patient items go to the disk at the end of this turn. */
void neap_store_flush(neap_store *store);

/* Become an owner: a row, and a kernel lock that lives as long as we do. The
 * same id every time. */
int neap_store_own(int64_t *id, neap_store *store, neap_err *err);

/* Call `fn` from the loop after some process, this one too, has committed. */
int neap_store_on_wake(neap_store *store, neap_store_fn *fn, void *ud,
                       neap_err *err);

/* These block. Rebuild empties the projections and plays all events into them;
 * verify stops at the first thing that is not as it was written; backup makes
 * a store in directory `path`, where there is none yet. */
int neap_store_rebuild(neap_store *store, neap_err *err);
int neap_store_verify(neap_verified *out, neap_store *store, neap_err *err);
int neap_store_backup(neap_store *store, const char *path, neap_err *err);

/* --- queries -------------------------------------------------------------- */

/* What was defined, for building items; NULL before. Borrowed. */
const neap_registry *neap_store_registry(const neap_store *store);

/* See io/reader.h. */
int neap_store_query(neap_rows **out, neap_store *store, const char *sql,
                     size_t len, neap_err *err);

/* Append a blob's bytes to `out`, verified. */
int neap_store_blob(neap_buf *out, neap_store *store, const char *hash,
                    neap_err *err);

/* Is the process of this owner alive? The kernel's answer. */
bool neap_store_alive(const neap_store *store, int64_t owner);

/* Closed, or closing: it takes no more. */
bool neap_store_is_closed(const neap_store *store);

/* Borrowed; NULL in memory. */
const char *neap_store_path(const neap_store *store);
neap_loop *neap_store_loop(const neap_store *store);

/* One pointer for whoever opened it. */
void neap_store_set_host(neap_store *store, void *host);
void *neap_store_host(const neap_store *store);

#endif

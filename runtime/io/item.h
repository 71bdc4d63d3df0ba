/* SPDX-License-Identifier: MIT
 *
 * item: one commit being built: guards, events, writes and blobs that become
 * true together or not at all.
 *
 * Owns: the memory of all of it, in one arena. Refuses to know: SQL, threads
 * and Lua. Uses: event, value, base/mem.
 *
 * An item is built on the loop, handed to the store (which takes it), applied
 * by the writer, and freed on the loop after its callback. Whatever is added
 * points into the arena (neap_item_copy) and lives as long as the item.
 * Everything that allocates returns NULL when memory ran out.
 */
#ifndef NEAP_IO_ITEM_H
#define NEAP_IO_ITEM_H

#include "base/err.h"
#include "base/mem.h"
#include "io/event.h"

#include <stdbool.h>

#define NEAP_ITEM_NO_FENCE (-1)

/* What became of an item. After an error only the field that explains it is
 * set: `seq` of the event that already has the command, or `guard`. */
typedef struct neap_ack {
    int64_t seq;       /* of the first event; 0 when there is none */
    int64_t n;         /* of the first event */
    const char *guard; /* name of the statement that refused, or NULL */
} neap_ack;

struct neap_store;
typedef struct neap_item neap_item;

/* Called once, from the loop, when the item is on the disk (err.code 0) or
 * will not be. The item is freed after it. */
typedef void neap_item_fn(struct neap_store *store, const neap_item *item);

/* A registered statement with its parameters. */
typedef struct neap_item_call {
    struct neap_item_call *next;
    int statement;
    int count;          /* of values, = the statement's parameters */
    neap_value value[]; /* null until set */
} neap_item_call;

typedef struct neap_item_blob {
    struct neap_item_blob *next;
    const char *hash; /* lower-case hex, NUL-terminated */
    const char *bytes;
    size_t len;
} neap_item_blob;

typedef struct neap_item_chunk neap_item_chunk;

struct neap_item {
    struct neap_item *next; /* the queue it is in */
    /* what is asked */
    neap_value run; /* the stream */
    int64_t fence;  /* this process owns the run at it, or NO_FENCE */
    int64_t at;     /* ms, for all its events */
    bool patient;   /* nobody waits for it: it may wait for company */
    neap_item_call *guards, **guards_end;
    neap_item_call *writes, **writes_end;
    neap_event *events, **events_end;
    neap_item_blob *blobs;
    neap_item_fn *fn;
    void *ud;
    /* what came of it; written by the writer */
    neap_ack ack;
    neap_err err; /* code 0: done */
    bool refused; /* before any transaction */
    /* private */
    const neap_mem *mem;
    neap_item_chunk *chunks;
    char *free, *end;
    size_t size;
};

/* A new item for stream `run` (copied). `mem` may be NULL (base/mem.h); it is
 * used on the loop only. */
neap_item *neap_item_new(const char *run, size_t len, const neap_mem *mem);
void neap_item_free(neap_item *item); /* NULL is fine */

/* Zeroed memory of the item, aligned for any type. */
void *neap_item_alloc(neap_item *item, size_t size);
/* A NUL-terminated copy. */
const char *neap_item_copy(neap_item *item, const char *bytes, size_t len);

/* A guard must return a row or change at least one; a write need not. `count`
 * is the number of the statement's parameters. */
neap_item_call *neap_item_add_guard(neap_item *item, int statement, int count);
neap_item_call *neap_item_add_write(neap_item *item, int statement, int count);
/* Its run and time are set; the caller sets the rest of its fields. */
neap_event *neap_item_add_event(neap_item *item);
/* `hash` is the SHA-256 of the bytes in hex; both are copied. */
neap_item_blob *neap_item_add_blob(neap_item *item, const char *hash,
                                   const char *bytes, size_t len);

/* Bytes it holds: what a group of a megabyte counts. */
size_t neap_item_size(const neap_item *item);

#endif

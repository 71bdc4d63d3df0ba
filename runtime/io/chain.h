/* SPDX-License-Identifier: MIT
 *
 * chain: each event sealed with the hash of the one before it.
 *
 * Owns: what is hashed, and the walk that finds the first event that is not
 * what was written. Refuses to know: who writes. Uses: event, hash, sql,
 * migration.
 *
 *   hash(n) = SHA-256(hash(n-1) || field || field || …)      hash(0) = zeros
 *
 * over the thirteen fields in their order: a null is the byte 0; an integer
 * is 1 and eight bytes, the highest first; a text is 3, its length in eight
 * bytes, and its bytes. So no two events have the same bytes.
 */
#ifndef NEAP_IO_CHAIN_H
#define NEAP_IO_CHAIN_H

#include "base/err.h"
#include "io/event.h"
#include "io/hash.h"

struct sqlite3;

void neap_chain_seal(const unsigned char previous[NEAP_HASH_SIZE],
                     const neap_event *event,
                     unsigned char out[NEAP_HASH_SIZE]);

/* What verify looked at, or where it stopped. */
typedef struct neap_verified {
    int64_t events, streams, blobs;
    /* the first event that is wrong (NEAP_ECORRUPT), else n and seq are 0 */
    char stream[128];
    int64_t n, seq;
} neap_verified;

/* Walk every stream from its first event, and see that the last event of all
 * is the one that was written last: so none is gone from the end of a stream,
 * and no stream as a whole. */
int neap_chain_verify(neap_verified *out, struct sqlite3 *db, neap_err *err);

#endif

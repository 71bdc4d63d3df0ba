/* SPDX-License-Identifier: MIT
 *
 * hash: SHA-256, whole or in pieces.
 *
 * Owns: the digest of blobs, chains and sources. Refuses to know: what is
 * hashed. Uses: libnettle.
 */
#ifndef NEAP_IO_HASH_H
#define NEAP_IO_HASH_H

#include <stddef.h>
#include <stdint.h>

#define NEAP_HASH_SIZE 32 /* bytes of a digest */
#define NEAP_HASH_HEX  65 /* its lower-case hex with the final NUL */

/* A digest under way, in the caller's memory; copy it by value to fork it. */
typedef struct neap_hash {
    uint64_t state[14]; /* private */
} neap_hash;

void neap_hash_init(neap_hash *hash);
void neap_hash_update(neap_hash *hash, const void *bytes, size_t len);
/* Write the digest; the state is as after neap_hash_init again. */
void neap_hash_final(neap_hash *hash, unsigned char out[NEAP_HASH_SIZE]);

/* All three at once. */
void neap_hash_sha256(const void *bytes, size_t len,
                      unsigned char out[NEAP_HASH_SIZE]);

/* The digest as hex, NUL-terminated. */
void neap_hash_hex(const unsigned char digest[NEAP_HASH_SIZE],
                   char out[NEAP_HASH_HEX]);

#endif

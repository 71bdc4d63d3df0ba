/* SPDX-License-Identifier: MIT
 *
 * hash: see hash.h. */
#include "io/hash.h"

#include <nettle/sha2.h>

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(neap_hash),
               "neap_hash holds the state of nettle");
_Static_assert(SHA256_DIGEST_SIZE == NEAP_HASH_SIZE, "a digest is a digest");

static struct sha256_ctx *ctx(neap_hash *hash)
{
    return (struct sha256_ctx *)hash->state;
}

void neap_hash_init(neap_hash *hash)
{
    sha256_init(ctx(hash));
}

void neap_hash_update(neap_hash *hash, const void *bytes, size_t len)
{
    sha256_update(ctx(hash), len, bytes);
}

void neap_hash_final(neap_hash *hash, unsigned char out[NEAP_HASH_SIZE])
{
    sha256_digest(ctx(hash), NEAP_HASH_SIZE, out);
}

void neap_hash_sha256(const void *bytes, size_t len,
                      unsigned char out[NEAP_HASH_SIZE])
{
    neap_hash hash;
    neap_hash_init(&hash);
    neap_hash_update(&hash, bytes, len);
    neap_hash_final(&hash, out);
}

void neap_hash_hex(const unsigned char digest[NEAP_HASH_SIZE],
                   char out[NEAP_HASH_HEX])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < NEAP_HASH_SIZE; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[2 * NEAP_HASH_SIZE] = '\0';
}

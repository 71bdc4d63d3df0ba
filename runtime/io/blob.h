/* SPDX-License-Identifier: MIT
 *
 * blob: large bytes as files, named by what is in them.
 *
 * Owns: DIR/blobs/aa/HASH, and the law that a blob is what its name says.
 * Refuses to know: the table of blobs and those small enough to be rows in it.
 * Uses: hash, base/file.
 */
#ifndef NEAP_IO_BLOB_H
#define NEAP_IO_BLOB_H

#include "base/buf.h"
#include "base/err.h"
#include "base/sys.h"

#include <stdbool.h>
#include <stddef.h>

/* Up to this many bytes a blob is a row; larger, a file. */
#define NEAP_BLOB_ROW ((size_t)64 * 1024)

/* Is `hash` the SHA-256 of the bytes, in lower-case hex? */
bool neap_blob_is(const char *hash, const void *bytes, size_t len);

/* Put the file in its place and on the disk, directories included. One that is
 * there with that size is not written again. */
int neap_blob_write(const neap_sys *sys, const char *dir, const char *hash,
                    const void *bytes, size_t len, neap_err *err);

/* Append its bytes to `out`. NEAP_ENOENT, or NEAP_ECORRUPT (nothing is
 * appended) when they are not what the name says. */
int neap_blob_read(const neap_sys *sys, neap_buf *out, const char *dir,
                   const char *hash, neap_err *err);

#endif

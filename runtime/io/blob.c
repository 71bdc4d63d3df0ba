/* SPDX-License-Identifier: MIT
 *
 * blob: see blob.h. */
#include "io/blob.h"

#include "base/file.h"
#include "io/hash.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

bool neap_blob_is(const char *hash, const void *bytes, size_t len)
{
    unsigned char digest[NEAP_HASH_SIZE];
    char hex[NEAP_HASH_HEX];
    neap_hash_sha256(bytes, len, digest);
    neap_hash_hex(digest, hex);
    return strcmp(hash, hex) == 0;
}

/* The path of the file. */
static int path_of(char out[PATH_MAX], const char *dir, const char *hash,
                   neap_err *err)
{
    int len = snprintf(out, PATH_MAX, "%s/blobs/%.2s/%s", dir, hash, hash);
    if (len >= PATH_MAX)
        return neap_err_sys(err, ENAMETOOLONG, "blob %s", hash);
    return 0;
}

/* A directory, its entry on the disk. */
static int make(const neap_sys *sys, const char *path, neap_err *err)
{
    if (sys->mkdir(path, 0777) == 0)
        return neap_file_sync_parent(sys, path, err);
    return errno == EEXIST ? 0
                           : neap_err_sys(err, errno, "cannot make %s", path);
}

/* DIR/blobs and the directory of the file in it. */
static int make_shelf(const neap_sys *sys, const char *path, neap_err *err)
{
    char shelf[PATH_MAX];
    size_t len = (size_t)(strrchr(path, '/') - path);
    int rc;
    memcpy(shelf, path, len);
    shelf[len] = '\0';
    shelf[len - strlen("/aa")] = '\0';
    rc = make(sys, shelf, err);
    shelf[len - strlen("/aa")] = '/';
    return rc < 0 ? rc : make(sys, shelf, err);
}

int neap_blob_write(const neap_sys *sys, const char *dir, const char *hash,
                    const void *bytes, size_t len, neap_err *err)
{
    char path[PATH_MAX];
    struct stat st;
    int rc = path_of(path, dir, hash, err);
    if (rc < 0)
        return rc;
    /* somebody put it there, but perhaps not yet its entry on the disk */
    if (sys->stat(path, &st) == 0 && (size_t)st.st_size == len)
        return neap_file_sync_parent(sys, path, err);
    rc = make_shelf(sys, path, err);
    return rc < 0 ? rc : neap_file_write(sys, path, 0444, bytes, len, err);
}

int neap_blob_read(const neap_sys *sys, neap_buf *out, const char *dir,
                   const char *hash, neap_err *err)
{
    char path[PATH_MAX];
    size_t before = out->len;
    int rc = path_of(path, dir, hash, err);
    if (rc == 0)
        rc = neap_file_read(sys, path, out, err);
    if (rc == 0 && !neap_blob_is(hash, out->bytes + before, out->len - before))
        rc = neap_err_set(err, NEAP_ECORRUPT, "blob %s is not what was written",
                          hash);
    if (rc < 0)
        out->len = before;
    return rc;
}

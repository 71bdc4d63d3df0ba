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

static int path_of(char out[PATH_MAX], const char *dir, const char *hash)
{
    return snprintf(out, PATH_MAX, "%s/blobs/%.2s/%s", dir, hash, hash) <
                   PATH_MAX
               ? 0
               : -1;
}

int neap_blob_write(const char *dir, const char *hash, const void *bytes,
                    size_t len, neap_err *err)
{
    char path[PATH_MAX];
    char *slash;
    struct stat st;
    int rc;
    if (path_of(path, dir, hash) != 0)
        return neap_err_sys(err, ENAMETOOLONG, "writing blob %s", hash);
    if (neap_sys_libc.stat(path, &st) == 0 && (size_t)st.st_size == len)
        return 0;
    slash = strrchr(path, '/');
    *slash = '\0';
    rc = neap_file_mkdir_p(&neap_sys_libc, path, err);
    *slash = '/';
    return rc < 0
               ? rc
               : neap_file_write(&neap_sys_libc, path, 0444, bytes, len, err);
}

int neap_blob_read(char **out, size_t *len, const char *dir, const char *hash,
                   neap_err *err)
{
    char path[PATH_MAX];
    neap_buf buf = NEAP_BUF_INIT;
    int rc;
    if (path_of(path, dir, hash) != 0)
        return neap_err_sys(err, ENAMETOOLONG, "reading blob %s", hash);
    rc = neap_file_read(&neap_sys_libc, path, &buf, err);
    if (rc == 0 && !neap_blob_is(hash, buf.bytes, buf.len))
        rc = neap_err_set(err, NEAP_ECORRUPT,
                          "reading blob %s: it is not what was written", hash);
    if (rc < 0) {
        neap_buf_deinit(&buf);
        return rc;
    }
    *out = buf.bytes;
    *len = buf.len;
    return 0;
}

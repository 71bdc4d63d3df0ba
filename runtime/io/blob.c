/* SPDX-License-Identifier: MIT
 *
 * blob: see blob.h. */
#include "io/blob.h"

#include "io/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool neap_blob_is(const char *hash, const void *bytes, size_t len)
{
    unsigned char digest[NEAP_HASH_SIZE];
    char hex[NEAP_HASH_HEX];
    neap_hash_sha256(bytes, len, digest);
    neap_hash_hex(digest, hex);
    return strcmp(hash, hex) == 0;
}

static int sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd >= 0 ? fsync(fd) : -1;
    if (fd >= 0)
        close(fd);
    return rc;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t wrote = write(fd, bytes, len);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return -1;
        bytes += wrote;
        len -= (size_t)wrote;
    }
    return 0;
}

/* A new file beside `path`, synced, then renamed: seen whole or not at all. */
static int write_file(const char *path, const char *bytes, size_t len)
{
    char temporary[PATH_MAX + 96];
    int saved, fd;
    snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (write_all(fd, bytes, len) == 0 && fchmod(fd, 0444) == 0 &&
        fsync(fd) == 0 && rename(temporary, path) == 0)
        return close(fd);
    saved = errno;
    close(fd);
    unlink(temporary);
    errno = saved;
    return -1;
}

int neap_blob_write(const char *dir, const char *hash, const void *bytes,
                    size_t len, neap_err *err)
{
    char shelf[PATH_MAX], path[PATH_MAX + 80];
    struct stat st;
    if (snprintf(shelf, sizeof shelf, "%s/blobs/%.2s", dir, hash) >=
        (int)sizeof shelf)
        return neap_err_sys(err, ENAMETOOLONG, "writing blob %s", hash);
    snprintf(path, sizeof path, "%s/%s", shelf, hash);
    if (stat(path, &st) == 0 && (size_t)st.st_size == len)
        return 0;
    if (mkdir(shelf, 0777) == 0) {
        char blobs[PATH_MAX];
        snprintf(blobs, sizeof blobs, "%.*s", (int)strlen(shelf) - 3, shelf);
        if (sync_directory(blobs) != 0)
            goto fail;
    } else if (errno != EEXIST) {
        goto fail;
    }
    if (write_file(path, bytes, len) == 0 && sync_directory(shelf) == 0)
        return 0;
fail:
    return neap_err_sys(err, errno, "writing blob %s", hash);
}

static int read_all(int fd, char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t got = read(fd, bytes, len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break; /* shorter than it was: the hash will tell */
        bytes += got;
        len -= (size_t)got;
    }
    return 0;
}

int neap_blob_read(char **out, size_t *len, const char *dir, const char *hash,
                   neap_err *err)
{
    char path[PATH_MAX];
    char *bytes = NULL;
    struct stat st;
    int rc = 0, fd;
    if (snprintf(path, sizeof path, "%s/blobs/%.2s/%s", dir, hash, hash) >=
        (int)sizeof path)
        return neap_err_sys(err, ENAMETOOLONG, "reading blob %s", hash);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return neap_err_sys(err, errno, "reading blob %s", hash);
    if (fstat(fd, &st) != 0)
        rc = neap_err_sys(err, errno, "reading blob %s", hash);
    else if ((bytes = calloc(1, (size_t)st.st_size + 1)) == NULL)
        rc = neap_err_set(err, NEAP_ENOMEM, "reading blob %s", hash);
    else if (read_all(fd, bytes, (size_t)st.st_size) != 0)
        rc = neap_err_sys(err, errno, "reading blob %s", hash);
    else if (!neap_blob_is(hash, bytes, (size_t)st.st_size))
        rc = neap_err_set(err, NEAP_ECORRUPT,
                          "reading blob %s: it is not what was written", hash);
    close(fd);
    if (rc < 0) {
        free(bytes);
        return rc;
    }
    *out = bytes;
    *len = (size_t)st.st_size;
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * file: see file.h. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 64 << 10, DESCRIPTORS = 16 };

static int no_memory(neap_err *err, const char *path)
{
    return neap_err_set(err, NEAP_ENOMEM, "out of memory for %s", path);
}

int neap_file_read(const neap_sys *sys, const char *path, neap_buf *out,
                   neap_err *err)
{
    int fd = sys->open(path, O_RDONLY | O_CLOEXEC, 0);
    int code = 0;
    ssize_t n;
    if (fd < 0)
        return neap_err_sys(err, errno, "cannot read %s", path);
    do {
        if (neap_buf_reserve(out, CHUNK) != 0) {
            code = no_memory(err, path);
            break;
        }
        n = sys->read(fd, out->bytes + out->len, out->cap - out->len);
        if (n > 0)
            out->len += (size_t)n;
        else if (n < 0 && errno != EINTR)
            code = neap_err_sys(err, errno, "cannot read %s", path);
    } while (code == 0 && n != 0);
    sys->close(fd);
    return code;
}

int neap_file_put(const neap_sys *sys, int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t n = sys->write(fd, at, len);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

/* A new file beside `path`, open for writing; its name is in `temp`. */
static int open_beside(const neap_sys *sys, const char *path, mode_t mode,
                       char *temp, size_t size)
{
    struct stat old;
    if (sys->stat(path, &old) == 0)
        mode = old.st_mode & 07777;
    for (int n = 0;; n++) {
        int len =
            snprintf(temp, size, "%s.%ld-%d.tmp", path, (long)getpid(), n);
        int fd;
        if (len < 0 || (size_t)len >= size) {
            errno = ENAMETOOLONG;
            return -1;
        }
        fd = sys->open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
}

int neap_file_write(const neap_sys *sys, const char *path, mode_t mode,
                    const void *bytes, size_t len, neap_err *err)
{
    char temp[PATH_MAX];
    int fd = open_beside(sys, path, mode, temp, sizeof temp);
    int failed;
    if (fd < 0)
        return neap_err_sys(err, errno, "cannot write %s", path);
    failed = neap_file_put(sys, fd, bytes, len) != 0 || sys->fdatasync(fd) != 0
                 ? errno
                 : 0;
    if (sys->close(fd) != 0 && failed == 0)
        failed = errno;
    if (failed == 0 && sys->rename(temp, path) != 0)
        failed = errno;
    if (failed != 0) {
        sys->unlink(temp);
        return neap_err_sys(err, failed, "cannot write %s", path);
    }
    return neap_file_sync_parent(sys, path, err);
}

int neap_file_append(const neap_sys *sys, const char *path, const void *bytes,
                     size_t len, neap_err *err)
{
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    int fd = sys->open(path, flags, 0666);
    int failed = fd < 0 ? errno : 0;
    if (fd >= 0 && neap_file_put(sys, fd, bytes, len) != 0)
        failed = errno;
    if (fd >= 0 && sys->close(fd) != 0 && failed == 0)
        failed = errno;
    return failed != 0 ? neap_err_sys(err, failed, "cannot append to %s", path)
                       : 0;
}

int neap_file_sync_parent(const neap_sys *sys, const char *path, neap_err *err)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    char parent[PATH_MAX];
    int fd, failed = 0;
    if (len >= sizeof parent)
        return neap_err_sys(err, ENAMETOOLONG, "cannot sync %s", path);
    memcpy(parent, slash == NULL ? "." : path, len);
    parent[len] = '\0';
    fd = sys->open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0 || sys->fsync(fd) != 0)
        failed = errno;
    if (fd >= 0)
        sys->close(fd);
    return failed != 0 ? neap_err_sys(err, failed, "cannot sync %s", parent)
                       : 0;
}

int neap_file_mkdir_p(const neap_sys *sys, const char *path, neap_err *err)
{
    char part[PATH_MAX];
    size_t len = strlen(path);
    struct stat st;
    if (sys->stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    if (len == 0 || len >= sizeof part)
        return neap_err_sys(err, len == 0 ? ENOENT : ENAMETOOLONG,
                            "cannot make directory %s", path);
    for (size_t i = 1; i <= len; i++) {
        if ((path[i] != '/' && path[i] != '\0') || path[i - 1] == '/')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (sys->mkdir(part, 0777) == 0) {
            int code = neap_file_sync_parent(sys, part, err);
            if (code != 0)
                return code;
        } else if (errno != EEXIST ||
                   (sys->stat(part, &st) == 0 && !S_ISDIR(st.st_mode))) {
            return neap_err_sys(err, errno, "cannot make directory %s", part);
        }
    }
    return 0;
}

/* --- directories ---------------------------------------------------------- */

static int is_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int neap_file_list(const char *path, neap_buf *names, size_t *count,
                   neap_err *err)
{
    struct dirent **entries;
    int n = scandir(path, &entries, is_entry, by_bytes);
    if (n < 0)
        return neap_err_sys(err, errno, "cannot list %s", path);
    for (int i = 0; i < n; i++) {
        neap_buf_append(names, entries[i]->d_name,
                        strlen(entries[i]->d_name) + 1);
        free(entries[i]);
    }
    free(entries);
    *count = (size_t)n;
    return names->failed ? no_memory(err, path) : 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path) == 0 || errno == ENOENT ? 0 : errno;
}

int neap_file_remove_tree(const char *path, neap_err *err)
{
    int failed = nftw(path, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
    if (failed < 0)
        failed = errno;
    if (failed != 0 && failed != ENOENT)
        return neap_err_sys(err, failed, "cannot remove %s", path);
    return 0;
}

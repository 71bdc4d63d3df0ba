/* SPDX-License-Identifier: MIT
 *
 * sys: the one table of system calls that touch files.
 *
 * Owns: the seam where a unit puts in its faults: a full disk, a call cut
 * short, a power cut between two of them. Refuses to know: who calls.
 * Uses: libc.
 *
 * Every entry behaves as the call of its name: -1 and errno on failure.
 * Whoever writes durable files takes a `const neap_sys *` (borrowed for its
 * life) and calls nothing else; production hands in &neap_sys_libc.
 */
#ifndef NEAP_BASE_SYS_H
#define NEAP_BASE_SYS_H

#include <sys/stat.h>
#include <sys/types.h>

typedef struct neap_sys {
    int (*open)(const char *path, int flags, mode_t mode);
    int (*close)(int fd);
    ssize_t (*read)(int fd, void *bytes, size_t len);
    ssize_t (*write)(int fd, const void *bytes, size_t len);
    int (*fsync)(int fd);
    int (*fdatasync)(int fd);
    int (*ftruncate)(int fd, off_t size);
    int (*rename)(const char *from, const char *to);
    int (*unlink)(const char *path);
    int (*mkdir)(const char *path, mode_t mode);
    int (*stat)(const char *path, struct stat *out);
} neap_sys;

extern const neap_sys neap_sys_libc;

#endif

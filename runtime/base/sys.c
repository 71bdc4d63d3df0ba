/* SPDX-License-Identifier: MIT
 *
 * sys: see sys.h. */
#include "base/sys.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int sys_open(const char *path, int flags, mode_t mode)
{
    return open(path, flags, mode);
}

const neap_sys neap_sys_libc = {
    .open = sys_open,
    .close = close,
    .read = read,
    .write = write,
    .fsync = fsync,
    .fdatasync = fdatasync,
    .ftruncate = ftruncate,
    .rename = rename,
    .unlink = unlink,
    .mkdir = mkdir,
    .stat = stat,
};

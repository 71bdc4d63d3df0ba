/* SPDX-License-Identifier: MIT
 *
 * owner: see owner.h. */
#include "io/owner.h"

#include "io/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void neap_owner_identify(neap_identity *out)
{
    *out = (neap_identity){.pid = getpid()};
    gethostname(out->host, sizeof out->host - 1);
    neap_sweep_boot_id(out->boot_id);
    neap_sweep_start_time(getpid(), out->start_time);
}

int neap_owner_open(neap_owner *owner, const char *dir, bool read_only,
                    neap_err *err)
{
    char path[PATH_MAX];
    int flags = read_only ? O_RDONLY : O_RDWR | O_CREAT;
    owner->id = 0;
    if (snprintf(path, sizeof path, "%s/owners", dir) >= (int)sizeof path)
        return neap_err_sys(err, ENAMETOOLONG, "opening store %s", dir);
    owner->fd = open(path, flags | O_CLOEXEC, 0666);
    if (owner->fd < 0 && !(read_only && errno == ENOENT))
        return neap_err_sys(err, errno, "opening %s", path);
    return 0;
}

void neap_owner_close(neap_owner *owner)
{
    if (owner->fd >= 0)
        close(owner->fd);
    *owner = (neap_owner)NEAP_OWNER_INIT;
}

static struct flock byte_of(int64_t id)
{
    return (struct flock){
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = id, .l_len = 1};
}

int neap_owner_hold(neap_owner *owner, int64_t id, neap_err *err)
{
    struct flock lock = byte_of(id);
    if (fcntl(owner->fd, F_OFD_SETLK, &lock) != 0)
        return neap_err_sys(err, errno, "locking owner %lld", (long long)id);
    owner->id = id;
    return 0;
}

bool neap_owner_alive(const neap_owner *owner, int64_t id)
{
    struct flock lock = byte_of(id);
    if (id == owner->id && id != 0)
        return true;
    if (owner->fd < 0 || id <= 0 || fcntl(owner->fd, F_OFD_GETLK, &lock) != 0)
        return false;
    return lock.l_type != F_UNLCK;
}

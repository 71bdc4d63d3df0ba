/* SPDX-License-Identifier: MIT
 *
 * owner: who is alive, answered by the kernel.
 *
 * Owns: DIR/owners, where each process holds a lock on the byte whose offset
 * is its id. Refuses to know: what an owner owns. Uses: fcntl, sweep.
 *
 * A lock held is a living process, a lock free is a dead one: no heartbeat,
 * no clock. The locks belong to the open file description (F_OFD_SETLK), so
 * two stores in one process see each other, and the descriptor is closed by
 * exec: a child holds its parent's until it is the program it was started as,
 * so with the lock free each has the environment that tells whose it is.
 */
#ifndef NEAP_IO_OWNER_H
#define NEAP_IO_OWNER_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct neap_owner {
    int fd;     /* -1: not open */
    int64_t id; /* the id we hold; 0: none */
} neap_owner;

#define NEAP_OWNER_INIT                                                        \
    {                                                                          \
        -1, 0                                                                  \
    }

/* Who we are, for a row that outlives us. */
typedef struct neap_identity {
    int64_t pid;
    char start_time[32]; /* field 22 of /proc/PID/stat */
    char boot_id[40];
    char host[65];
} neap_identity;

/* What cannot be read is left empty. */
void neap_owner_identify(neap_identity *out);

/* Open DIR/owners; a missing file is made unless `read_only`, where it means
 * that nobody is alive. */
int neap_owner_open(neap_owner *owner, const char *dir, bool read_only,
                    neap_err *err);
void neap_owner_close(neap_owner *owner); /* gives up the lock */

/* Be alive as `id` > 0 until closed. NEAP_EBUSY when somebody else is. */
int neap_owner_hold(neap_owner *owner, int64_t id, neap_err *err);

/* Is the process that holds `id` alive? (We are.) */
bool neap_owner_alive(const neap_owner *owner, int64_t id);

#endif

/* SPDX-License-Identifier: MIT
 *
 * poller: descriptors that live for a moment, many behind one libuv handle.
 *
 * Owns: an epoll of our own, in the loop's. Refuses to know: what is read.
 * Uses: libuv, epoll. A uv_poll costs five system calls from its start to its
 * end and its memory lives on until a callback; a process has three
 * descriptors, and a graph of short ones spends its time there.
 *
 * Entries keep the loop running; a poller alone does not.
 */
#ifndef NEAP_IO_POLLER_H
#define NEAP_IO_POLLER_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct epoll_event;

typedef struct neap_poller {
    uv_loop_t *loop; /* borrowed */
    uv_poll_t uv;
    int fd; /* of the epoll; -1 until the first entry */
    size_t count;
    struct epoll_event *batch; /* being told; NULL outside */
    int batch_len;
} neap_poller;

typedef struct neap_poller_entry {
    neap_poller *poller; /* NULL: not watched */
    int fd;
    void (*fn)(struct neap_poller_entry *entry);
} neap_poller_entry;

void neap_poller_init(neap_poller *poller, uv_loop_t *loop);
/* No entry is left; the loop runs once more before its own end. */
void neap_poller_deinit(neap_poller *poller);

/* Call `fn` whenever `fd` can be read or has come to its end, until it is
 * removed. The memory is the caller's. 0 or an errno. */
int neap_poller_add(neap_poller_entry *entry, neap_poller *poller, int fd,
                    void (*fn)(neap_poller_entry *entry));
/* No call comes after it, also of a batch that is being told. Before the
 * descriptor is closed: a child that is not yet past its execve still has the
 * file open, and epoll would go on reporting it. Fine when not watched. */
void neap_poller_remove(neap_poller_entry *entry);

#endif

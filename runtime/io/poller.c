/* SPDX-License-Identifier: MIT
 *
 * poller: see poller.h. */
#include "io/poller.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BATCH 64

void neap_poller_init(neap_poller *p, uv_loop_t *loop)
{
    *p = (neap_poller){.loop = loop, .fd = -1};
}

void neap_poller_deinit(neap_poller *p)
{
    if (p->fd < 0)
        return;
    uv_close((uv_handle_t *)&p->uv, NULL);
    close(p->fd);
    p->fd = -1;
}

/* How many were told; negative: the system would not say. */
static int tell(neap_poller *p)
{
    struct epoll_event batch[BATCH];
    int told = epoll_wait(p->fd, batch, BATCH, 0);
    p->batch = batch;
    p->batch_len = told;
    for (int i = 0; i < told; i++) {
        neap_poller_entry *entry = batch[i].data.ptr;
        if (entry != NULL)
            entry->fn(entry);
    }
    p->batch = NULL;
    p->batch_len = 0;
    return told;
}

/* All that is ready by now is told before a timer fires. epoll puts behind the
 * others whom it has named: as many as there are entries, and it was each. */
static void on_ready(uv_poll_t *uv, int status, int events)
{
    neap_poller *p = uv->data;
    size_t left = p->count;
    (void)status;
    (void)events;
    while (tell(p) == BATCH && left > BATCH)
        left -= BATCH;
}

static int open_epoll(neap_poller *p)
{
    int rc;
    p->fd = epoll_create1(EPOLL_CLOEXEC);
    if (p->fd < 0)
        return errno;
    rc = uv_poll_init(p->loop, &p->uv, p->fd);
    if (rc != 0) {
        close(p->fd);
        p->fd = -1;
        return -rc;
    }
    p->uv.data = p;
    uv_poll_start(&p->uv, UV_READABLE, on_ready);
    return 0;
}

int neap_poller_add(neap_poller_entry *entry, neap_poller *p, int fd,
                    void (*fn)(neap_poller_entry *entry))
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = entry};
    int rc = p->fd < 0 ? open_epoll(p) : 0;
    if (rc != 0)
        return rc;
    if (epoll_ctl(p->fd, EPOLL_CTL_ADD, fd, &event) != 0)
        return errno;
    *entry = (neap_poller_entry){p, fd, fn};
    if (p->count++ == 0)
        uv_ref((uv_handle_t *)&p->uv);
    return 0;
}

void neap_poller_remove(neap_poller_entry *entry)
{
    neap_poller *p = entry->poller;
    if (p == NULL)
        return;
    epoll_ctl(p->fd, EPOLL_CTL_DEL, entry->fd, NULL);
    for (int i = 0; i < p->batch_len; i++)
        if (p->batch[i].data.ptr == entry)
            p->batch[i].data.ptr = NULL;
    entry->poller = NULL;
    if (--p->count == 0)
        uv_unref((uv_handle_t *)&p->uv);
}

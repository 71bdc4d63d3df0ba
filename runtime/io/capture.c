/* SPDX-License-Identifier: MIT
 *
 * capture: see capture.h. */
#include "io/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void ring_put(neap_capture *c, const char *bytes, size_t len)
{
    if (len > c->tail) {
        bytes += len - c->tail;
        len = c->tail;
    }
    while (len > 0) {
        size_t n = least(len, c->tail - c->ring_at);
        memcpy(c->ring + c->ring_at, bytes, n);
        c->ring_at = (c->ring_at + n) % c->tail;
        c->ring_len = least(c->ring_len + n, c->tail);
        bytes += n;
        len -= n;
    }
}

/* Until the head is full the tail is the end of the head. */
static int keep(neap_capture *c, const char *bytes, size_t len)
{
    size_t room = least(len, c->limit - c->head.len);
    if (neap_buf_append(&c->head, bytes, room) != 0)
        return NEAP_ENOMEM;
    if (room == len || c->tail == 0)
        return 0;
    if (c->ring == NULL) {
        size_t n = least(c->head.len, c->tail);
        c->ring = malloc(c->tail);
        if (c->ring == NULL)
            return NEAP_ENOMEM;
        ring_put(c, c->head.bytes + c->head.len - n, n);
    }
    ring_put(c, bytes + room, len - room);
    return 0;
}

static int split(neap_capture *c, const char *bytes, size_t len)
{
    const char *end;
    while ((end = memchr(bytes, '\n', len)) != NULL) {
        size_t n = (size_t)(end - bytes);
        if (c->partial.len == 0) {
            c->on_line(c->ud, bytes, n);
        } else {
            if (neap_buf_append(&c->partial, bytes, n) != 0)
                return NEAP_ENOMEM;
            c->on_line(c->ud, c->partial.bytes, c->partial.len);
            neap_buf_clear(&c->partial);
        }
        bytes = end + 1;
        len -= n + 1;
    }
    return neap_buf_append(&c->partial, bytes, len);
}

static void spool_close(neap_capture *c)
{
    if (c->fd > 0)
        close(c->fd - 1);
    c->fd = 0;
    free(c->spool);
    c->spool = NULL;
}

/* A spool that cannot be written ends; the process does not suffer. */
static void spool_put(neap_capture *c, const char *bytes, size_t len)
{
    if (c->fd == 0) {
        int fd = open(c->spool, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0)
            goto fail;
        c->fd = fd + 1;
    }
    len = (size_t)(len < c->spool_limit ? len : c->spool_limit);
    while (len > 0) {
        ssize_t n = write(c->fd - 1, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            goto fail;
        bytes += n;
        len -= (size_t)n;
        c->spool_limit -= (uint64_t)n;
    }
    return;
fail:
    neap_err_sys(&c->spool_err, errno, "cannot write %s", c->spool);
    spool_close(c);
}

int neap_capture_feed(neap_capture *c, const char *bytes, size_t len)
{
    int rc;
    c->bytes += len;
    if (c->spool != NULL)
        spool_put(c, bytes, len);
    rc = keep(c, bytes, len);
    if (c->on_line != NULL && split(c, bytes, len) != 0)
        rc = NEAP_ENOMEM;
    return rc;
}

void neap_capture_end(neap_capture *c)
{
    if (c->partial.len > 0 && c->on_line != NULL)
        c->on_line(c->ud, c->partial.bytes, c->partial.len);
    neap_buf_deinit(&c->partial);
    spool_close(c);
}

size_t neap_capture_tail(const neap_capture *c, char *out)
{
    size_t first;
    if (c->ring == NULL) {
        size_t n = least(c->head.len, c->tail);
        if (n > 0)
            memcpy(out, c->head.bytes + c->head.len - n, n);
        return n;
    }
    first = c->ring_len < c->tail ? 0 : c->tail - c->ring_at;
    memcpy(out, c->ring + c->ring_at, first);
    memcpy(out + first, c->ring, c->ring_len - first);
    return c->ring_len;
}

void neap_capture_deinit(neap_capture *c)
{
    spool_close(c);
    neap_buf_deinit(&c->partial);
    neap_buf_deinit(&c->head);
    free(c->ring);
    c->ring = NULL;
}

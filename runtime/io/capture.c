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

/* Until the head is full the tail is the end of the head. */
static int keep(neap_capture *c, const char *bytes, size_t len)
{
    size_t room = least(len, c->limit - c->head.len);
    if (neap_buf_append(&c->head, bytes, room) != 0)
        return NEAP_ENOMEM;
    if (room == len)
        return 0;
    if (c->ring.len == 0) {
        neap_ring_init(&c->ring, c->tail, NULL);
        if (neap_ring_put(&c->ring, c->head.bytes, c->head.len) != 0)
            return NEAP_ENOMEM;
    }
    return neap_ring_put(&c->ring, bytes + room, len - room);
}

static void on_line(void *ud, const char *line, size_t len, bool cut)
{
    neap_capture *c = ud;
    (void)cut;
    c->on_line(c->ud, line, len);
}

static int split(neap_capture *c, const char *bytes, size_t len)
{
    if (c->lines.fn == NULL)
        neap_lines_init(&c->lines, NEAP_CAPTURE_LINE, on_line, c, NULL);
    return neap_lines_feed(&c->lines, bytes, len);
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
    if (c->lines.fn != NULL)
        neap_lines_end(&c->lines);
    neap_lines_deinit(&c->lines);
    spool_close(c);
}

size_t neap_capture_tail(const neap_capture *c, char *out)
{
    size_t n = least(c->head.len, c->tail);
    if (c->ring.len > 0)
        return neap_ring_copy(&c->ring, out);
    if (n > 0)
        memcpy(out, c->head.bytes + c->head.len - n, n);
    return n;
}

void neap_capture_deinit(neap_capture *c)
{
    spool_close(c);
    neap_lines_deinit(&c->lines);
    neap_buf_deinit(&c->head);
    neap_ring_deinit(&c->ring);
}

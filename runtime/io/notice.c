/* SPDX-License-Identifier: MIT
 *
 * notice: see notice.h. */
#include "io/notice.h"

#include "io/loop_base.h"
#include "io/watchdog.h"

#include <assert.h>
#include <stdlib.h>
#include <uv.h>

static void on_signal(uv_signal_t *handle, int signal)
{
    neap_notice *notice = handle->data;
    (void)signal;
    neap_watchdog_heard();
    if (notice != NULL)
        notice->fn(notice->ud);
}

static void on_path(uv_fs_event_t *handle, const char *name, int events,
                    int status)
{
    neap_notice *notice = handle->data;
    (void)name;
    (void)events;
    (void)status;
    if (notice != NULL)
        notice->fn(notice->ud);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void end(neap_handle *handle)
{
    neap_notice_stop((neap_notice *)handle); /* its first field */
}

/* `rc` is what libuv said to the start of `handle` (NULL: simulated). */
static int started(neap_notice *n, neap_loop *loop, uv_handle_t *handle, int rc)
{
    if (rc != 0) {
        uv_close(handle, on_closed);
        return rc;
    }
    if (handle != NULL) {
        handle->data = n;
        uv_unref(handle);
    }
    n->uv = handle;
    neap_handle_add(&n->handle, loop, end);
    return 0;
}

int neap_notice_signal(neap_notice *n, neap_loop *loop, int signal,
                       neap_notice_fn fn, void *ud, neap_err *err)
{
    uv_signal_t *uv = NULL;
    int rc = 0;
    n->signal = signal;
    n->fn = fn;
    n->ud = ud;
    if (neap_loop_uv(loop) != NULL) {
        uv = malloc(sizeof *uv);
        if (uv == NULL)
            return neap_err_set(err, NEAP_ENOMEM, "cannot watch: no memory");
        uv_signal_init(neap_loop_uv(loop), uv);
        rc = uv_signal_start(uv, on_signal, signal);
        loop->signals = 0;
    }
    rc = started(n, loop, (uv_handle_t *)uv, rc);
    if (rc != 0)
        return neap_err_sys(err, -rc, "cannot watch signal %d", signal);
    return 0;
}

void neap_notice_insist(neap_notice *n, int spare, unsigned seconds,
                        const char *words)
{
    assert(n->signal != 0 && !n->insists);
    if (n->uv == NULL)
        return;
    n->insists = true;
    neap_watchdog_add(n->signal, spare, seconds, words);
    n->handle.loop->signals = 0;
}

int neap_notice_path(neap_notice *n, neap_loop *loop, const char *path,
                     neap_notice_fn fn, void *ud, neap_err *err)
{
    uv_fs_event_t *uv = NULL;
    int rc = 0;
    n->signal = 0;
    n->fn = fn;
    n->ud = ud;
    if (neap_loop_uv(loop) != NULL) {
        uv = malloc(sizeof *uv);
        if (uv == NULL)
            return neap_err_set(err, NEAP_ENOMEM, "cannot watch: no memory");
        uv_fs_event_init(neap_loop_uv(loop), uv);
        rc = uv_fs_event_start(uv, on_path, path, 0);
    }
    rc = started(n, loop, (uv_handle_t *)uv, rc);
    if (rc != 0)
        return neap_err_sys(err, -rc, "cannot watch %s", path);
    return 0;
}

void neap_notice_stop(neap_notice *n)
{
    uv_handle_t *uv = n->uv;
    if (!neap_notice_active(n))
        return;
    if (uv != NULL) {
        uv->data = NULL;
        uv_close(uv, on_closed);
    }
    if (n->insists)
        neap_watchdog_remove();
    n->insists = false;
    n->uv = NULL;
    neap_handle_remove(&n->handle);
}

bool neap_notice_active(const neap_notice *n)
{
    return n->handle.loop != NULL;
}

void neap_notice_raise(neap_loop *loop, int signal)
{
    neap_handle *at = loop->handles.next;
    while (at != &loop->handles) {
        neap_notice *n = (neap_notice *)at;
        at = at->next;
        if (n->handle.end == end && n->signal == signal)
            n->fn(n->ud);
    }
}

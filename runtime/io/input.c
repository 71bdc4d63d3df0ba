/* SPDX-License-Identifier: MIT
 *
 * input: see input.h. */
#include "io/input.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* write(2) that answers EPIPE without the signal, whatever the host has done
 * about SIGPIPE: it is blocked meanwhile, and ours is taken away again. */
static ssize_t write_quietly(int fd, const char *bytes, size_t len)
{
    const struct timespec at_once = {0};
    sigset_t pipe, old, pending;
    ssize_t n;
    int sys;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe, &old);
    do
        n = write(fd, bytes, len);
    while (n < 0 && errno == EINTR);
    sys = errno;
    if (n < 0 && sys == EPIPE && !sigismember(&pending, SIGPIPE))
        while (sigtimedwait(&pipe, NULL, &at_once) < 0 && errno == EINTR)
            ;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = sys;
    return n;
}

void neap_input_open(neap_input *in, uv_loop_t *uv, int fd)
{
    in->uv = uv;
    in->fd = fd;
    if (fd >= 0)
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

void neap_input_close(neap_input *in)
{
    if (in->poll != NULL)
        uv_close((uv_handle_t *)in->poll, on_closed);
    if (in->fd >= 0)
        close(in->fd);
    in->poll = NULL;
    in->fd = -1;
    neap_buf_deinit(&in->waiting);
}

static void flush(neap_input *in);

static void on_writable(uv_poll_t *poll, int status, int events)
{
    neap_input *in = poll->data;
    (void)events;
    if (status < 0)
        neap_input_close(in);
    else
        flush(in);
}

/* Ask to be called when there is room. */
static int wait_for_room(neap_input *in)
{
    if (in->poll == NULL) {
        in->poll = malloc(sizeof *in->poll);
        if (in->poll == NULL)
            return UV_ENOMEM;
        if (uv_poll_init(in->uv, in->poll, in->fd) != 0) {
            free(in->poll);
            in->poll = NULL;
            return UV_ENOMEM;
        }
        in->poll->data = in;
    }
    return uv_poll_start(in->poll, UV_WRITABLE, on_writable);
}

static void flush(neap_input *in)
{
    while (in->sent < in->waiting.len) {
        ssize_t n = write_quietly(in->fd, in->waiting.bytes + in->sent,
                                  in->waiting.len - in->sent);
        if (n < 0 && errno == EAGAIN && wait_for_room(in) == 0)
            return;
        if (n < 0) {
            neap_input_close(in);
            return;
        }
        in->sent += (size_t)n;
    }
    neap_buf_clear(&in->waiting);
    in->sent = 0;
    if (in->poll != NULL)
        uv_poll_stop(in->poll);
    if (in->finishing)
        neap_input_close(in);
}

int neap_input_write(neap_input *in, const char *bytes, size_t len,
                     neap_err *err)
{
    if (in->fd < 0 || in->finishing)
        return neap_err_set(err, NEAP_ECANCELLED, "stdin is closed");
    neap_buf_drop(&in->waiting, in->sent);
    in->sent = 0;
    if (neap_buf_append(&in->waiting, bytes, len) != 0)
        return neap_err_set(err, NEAP_ENOMEM,
                            "cannot write to stdin: no memory");
    flush(in);
    return 0;
}

void neap_input_finish(neap_input *in)
{
    in->finishing = true;
    if (in->fd >= 0 && in->waiting.len == 0)
        neap_input_close(in);
}

/* SPDX-License-Identifier: MIT
 *
 * notice: a call each time a signal came, or a path was touched.
 *
 * Owns: the libuv handle behind it. Refuses to know: what the signal or the
 * file is for. Uses: io/loop, io/watchdog, libuv (inotify).
 *
 * Notices do not keep a loop running. In the simulated world paths are never
 * touched, and signals come from neap_notice_raise.
 */
#ifndef NEAP_IO_NOTICE_H
#define NEAP_IO_NOTICE_H

#include "io/loop.h"

typedef void (*neap_notice_fn)(void *ud);

/* The caller's memory; `{0}` is a notice at rest. */
typedef struct neap_notice {
    neap_handle handle; /* on the loop until stop */
    void *uv;           /* owned; goes in its own close callback */
    int signal;         /* 0 for a path */
    bool insists;       /* a watchdog guards the signal */
    neap_notice_fn fn;
    void *ud;
} neap_notice;

int neap_notice_signal(neap_notice *notice, neap_loop *loop, int signal,
                       neap_notice_fn fn, void *ud, neap_err *err);

/* Once, of a signal: it is guarded as neap_watchdog_add says, until the notice
 * is stopped. Nothing happens in the simulated world. */
void neap_notice_insist(neap_notice *notice, int spare, unsigned seconds,
                        const char *words);

/* The path must exist; a file that is replaced is not followed. */
int neap_notice_path(neap_notice *notice, neap_loop *loop, const char *path,
                     neap_notice_fn fn, void *ud, neap_err *err);

void neap_notice_stop(neap_notice *notice); /* fine at rest */
bool neap_notice_active(const neap_notice *notice);

/* Give `signal` to every notice of it on `loop`, as if it had come. */
void neap_notice_raise(neap_loop *loop, int signal);

#endif

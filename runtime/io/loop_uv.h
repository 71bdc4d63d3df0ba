/* SPDX-License-Identifier: MIT
 *
 * loop_uv: the real world, as its other half (process_uv.c) sees it. */
#ifndef NEAP_IO_LOOP_UV_H
#define NEAP_IO_LOOP_UV_H

#include "io/loop_base.h"
#include "io/poller.h"

#include <uv.h>

#define NEAP_LOOP_SCRATCH 65536

typedef struct neap_loop_uv_state {
    neap_loop base;
    uv_loop_t uv;
    uv_timer_t timer; /* the next monotonic deadline */
    int64_t armed;    /* that deadline; NEAP_NEVER: stopped */
    bool due;         /* it has passed: fire after the next look */
    uv_idle_t idle;   /* active while something is deferred, or due */
    uv_check_t check;
    uv_poll_t alarm; /* the timerfd */
    int alarm_fd;
    int64_t alarmed;    /* what the timerfd is set to; NEAP_NEVER: off */
    bool alarm_spent;   /* it has fired since */
    bool knows_births;  /* the clock agrees with /proc on when children began */
    neap_poller poller; /* of processes */
    int null_fd;        /* /dev/null, -1 until the first process */
    char *scratch;      /* owned: NEAP_LOOP_SCRATCH bytes to read into */
} neap_loop_uv_state;

int neap_process__spawn(neap_process **out, neap_loop *loop,
                        const neap_process_options *options,
                        const neap_process_events *events, void *ud,
                        neap_err *err);

#endif

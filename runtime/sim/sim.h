/* SPDX-License-Identifier: MIT
 *
 * sim: the simulated world, as its other half (sim/process.c) sees it. */
#ifndef NEAP_SIM_SIM_H
#define NEAP_SIM_SIM_H

#include "io/loop_base.h"
#include "sim/loop.h"

typedef struct neap_sim {
    neap_loop base;
    int64_t time;             /* since the beginning */
    int64_t wall;             /* what that clock is ahead of it */
    int processes;            /* started so far */
    neap_sim_behaviour *next; /* owned; one block with all it points to */
} neap_sim;

int neap_sim__spawn(neap_process **out, neap_loop *loop,
                    const neap_process_options *options,
                    const neap_process_events *events, void *ud, neap_err *err);

#endif

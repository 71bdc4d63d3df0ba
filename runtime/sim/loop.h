/* SPDX-License-Identifier: MIT
 *
 * sim/loop: a world without the world: time is a number, processes are
 * scripted.
 *
 * Owns: the virtual clock and what the next process will do. Refuses to know:
 * descriptors, threads, libuv. Uses: io's faces, whose code it shares.
 *
 * Time moves only when nothing is left to do now: then it jumps to the next
 * deadline. The same seed and the same calls give the same course, always.
 */
#ifndef NEAP_SIM_LOOP_H
#define NEAP_SIM_LOOP_H

#include "core/duration.h"
#include "io/loop.h"

#include <stdint.h>

typedef struct neap_sim_options {
    uint64_t seed; /* of neap_loop_random */
    int64_t wall;  /* the wall clock at the beginning */
} neap_sim_options;

#define NEAP_SIM_OPTIONS_INIT                                                  \
    {                                                                          \
        .seed = 1, .wall = 1760000000 * NEAP_SECOND                            \
    }

/* Owned by the caller until neap_loop_close. */
int neap_sim_new(neap_loop **out, const neap_sim_options *options,
                 neap_err *err);

/* Somebody sets the wall clock of `loop`, forwards or back. */
void neap_sim_set_wall(neap_loop *loop, int64_t wall);

/* One line of a scripted process. */
typedef struct neap_sim_line {
    int64_t at; /* after its start; in rising order */
    int stream;
    const char *text; /* without its end */
    size_t len;
} neap_sim_line;

/* What a scripted process does: it says its output at once and its lines when
 * they are due, and ends after `after`. TERM ends it, unless ignored;
 * KILL ends it. */
typedef struct neap_sim_behaviour {
    const char *out, *err;
    size_t out_len, err_len;
    const neap_sim_line *lines;
    size_t line_count;
    int64_t after; /* negative: with its last line; NEAP_NEVER: does not end */
    int code, signal;
    bool ignores_term;
} neap_sim_behaviour;

/* The next process of `loop` does this; copied. With NULL, or without this
 * call, its program does not exist. */
int neap_sim_expect(neap_loop *loop, const neap_sim_behaviour *behaviour,
                    neap_err *err);

#endif

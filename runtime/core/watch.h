/* SPDX-License-Identifier: MIT
 *
 * watch: is an attempt hung?
 *
 * Owns: the clocks of one attempt. Refuses to know: the time (`now` is an
 * argument), what progress is (its user says so: a tool's own retry lines are
 * none), and what is done about the verdict. Uses: core/duration.
 *
 * Four limits, each off at 0: `wall` from the start; `silence` since the last
 * progress; `permission` since a request for permission that nobody answers,
 * any event that shows life taking it back; `linger` since a terminal line,
 * after which the tool has said its last word and only has to go. A terminal
 * line ends the other clocks (unless `linger` is off): the verdict is the
 * tool's. The end of the attempt beats any limit, also at the same instant.
 */
#ifndef NEAP_CORE_WATCH_H
#define NEAP_CORE_WATCH_H

#include "core/duration.h"

#include <stdbool.h>

typedef enum neap_watch_verdict {
    NEAP_WATCH_FINE,
    NEAP_WATCH_WALL,       /* too long in all */
    NEAP_WATCH_SILENCE,    /* too long without progress */
    NEAP_WATCH_PERMISSION, /* waits for a permission nobody gives */
    NEAP_WATCH_LINGER,     /* said it was done, and did not go */
} neap_watch_verdict;

typedef struct neap_watch_options {
    int64_t wall, silence, permission, linger; /* 0: no limit */
    int64_t deadline; /* not later than this, on the clock of `now`; 0: none */
} neap_watch_options;

#define NEAP_WATCH_OPTIONS_INIT                                                \
    {                                                                          \
        0, 0, 10 * NEAP_SECOND, 5 * NEAP_SECOND, 0                             \
    }

typedef struct neap_watch {
    int64_t wall_at, silence_at, permission_at, linger_at; /* or NEVER */
    neap_watch_options options;
    bool ended;
} neap_watch;

/* The attempt starts at `now`. */
void neap_watch_init(neap_watch *w, const neap_watch_options *options,
                     int64_t now);

/* --- what happened --- */

/* It got somewhere. */
void neap_watch_progress(neap_watch *w, int64_t now);
/* It lives, but that is no progress: only a permission wait is over. */
void neap_watch_sign(neap_watch *w);
/* It waits for a permission; a second request does not begin a new wait. */
void neap_watch_blocked(neap_watch *w, int64_t now);
/* It told its result. */
void neap_watch_terminal(neap_watch *w, int64_t now);
/* It is over: fine for ever. */
void neap_watch_ended(neap_watch *w);

/* --- is it hung? --- */

/* The verdict at `now`: of several limits, the one that passed first.
 * `deadline` is when to ask again at the latest. A limit is passed at its
 * deadline, not after it. */
neap_watch_verdict neap_watch_ask(int64_t *deadline, const neap_watch *w,
                                  int64_t now);

#endif

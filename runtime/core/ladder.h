/* SPDX-License-Identifier: MIT
 *
 * ladder: how do we kill it?
 *
 * Owns: the order of the steps and when each is due. Refuses to know: pids,
 * signals, the clock (`now` is an argument). Uses: core/duration.
 *
 * It is told what happened, and asked for the next action until there is none;
 * then asked again when the deadline comes or something else has happened.
 *
 *   stop ─▶ TERM ─ grace ─▶ KILL          to the group, while its leader lives
 *   the leader ended ─ drain ─▶ KILL ─▶ SWEEP ─▶ REAP
 *
 * The leader's end is not the end: others may hold its pipes, and get `drain`,
 * or what is left of the grace if they were sent a TERM. Once the pipes are at
 * their end too, nobody waits. KILL comes before REAP always, since only
 * until then the group's number means this group. SWEEP (for whoever left the
 * group) comes when somebody was left behind: the leader was stopped, or its
 * pipes were still held.
 */
#ifndef NEAP_CORE_LADDER_H
#define NEAP_CORE_LADDER_H

#include "core/duration.h"

#include <stdbool.h>

typedef enum neap_ladder_action {
    NEAP_LADDER_WAIT,  /* nothing now */
    NEAP_LADDER_TERM,  /* ask the whole group to end */
    NEAP_LADDER_KILL,  /* end the whole group */
    NEAP_LADDER_SWEEP, /* find and end who left the group */
    NEAP_LADDER_REAP,  /* take the leader's status: the last action */
} neap_ladder_action;

typedef struct neap_ladder {
    int64_t grace, drain;
    int64_t kill_at;  /* NEAP_NEVER: nobody asked */
    int64_t clear_at; /* after the end: when waiting for others is over */
    bool termed, killed;
    bool ended, drained;
    neap_ladder_action last; /* of those after the end */
} neap_ladder;

void neap_ladder_init(neap_ladder *l, int64_t grace, int64_t drain);

/* --- what happened --- */

/* It shall end, by force after `grace` (negative: that of init). A later stop
 * can only bring the force nearer; one after the end of the leader, only the
 * end of the waiting. */
void neap_ladder_stop(neap_ladder *l, int64_t now, int64_t grace);
/* The leader is dead; it is not reaped yet. */
void neap_ladder_ended(neap_ladder *l, int64_t now);
/* Its pipes are at their end. */
void neap_ladder_drained(neap_ladder *l);

/* --- what to do --- */

/* The next action, told once; `deadline` is when to ask again at the latest
 * (NEAP_NEVER: when something happens). */
neap_ladder_action neap_ladder_next(int64_t *deadline, neap_ladder *l,
                                    int64_t now);

#endif

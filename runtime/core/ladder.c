/* SPDX-License-Identifier: MIT
 *
 * ladder: see ladder.h. */
#include "core/ladder.h"

void neap_ladder_init(neap_ladder *l, int64_t grace, int64_t drain)
{
    *l = (neap_ladder){.grace = grace, .drain = drain, .kill_at = NEAP_NEVER};
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void neap_ladder_stop(neap_ladder *l, int64_t now, int64_t grace)
{
    int64_t at = neap_duration_add(now, grace < 0 ? l->grace : grace);
    if (l->ended)
        l->clear_at = earlier(l->clear_at, at);
    else
        l->kill_at = earlier(l->kill_at, at);
}

void neap_ladder_ended(neap_ladder *l, int64_t now)
{
    if (l->ended)
        return;
    l->ended = true;
    l->clear_at = neap_duration_add(now, l->drain);
    if (l->termed && !l->killed && l->kill_at > l->clear_at)
        l->clear_at = l->kill_at;
}

void neap_ladder_drained(neap_ladder *l)
{
    l->drained = true;
}

static neap_ladder_action living(int64_t *deadline, neap_ladder *l, int64_t now)
{
    if (l->kill_at == NEAP_NEVER || l->killed)
        return NEAP_LADDER_WAIT;
    if (!l->termed) {
        l->termed = true;
        return NEAP_LADDER_TERM;
    }
    if (now >= l->kill_at) {
        l->killed = true;
        return NEAP_LADDER_KILL;
    }
    *deadline = l->kill_at;
    return NEAP_LADDER_WAIT;
}

neap_ladder_action neap_ladder_next(int64_t *deadline, neap_ladder *l,
                                    int64_t now)
{
    *deadline = NEAP_NEVER;
    if (!l->ended)
        return living(deadline, l, now);
    switch (l->last) {
    case NEAP_LADDER_WAIT:
        if (!l->drained && now < l->clear_at) {
            *deadline = l->clear_at;
            return NEAP_LADDER_WAIT;
        }
        return l->last = NEAP_LADDER_KILL;
    case NEAP_LADDER_KILL:
        if (l->termed || !l->drained)
            return l->last = NEAP_LADDER_SWEEP;
        return l->last = NEAP_LADDER_REAP;
    case NEAP_LADDER_SWEEP:
        return l->last = NEAP_LADDER_REAP;
    default:
        return NEAP_LADDER_WAIT;
    }
}

/* SPDX-License-Identifier: MIT
 *
 * watch: see watch.h. */
#include "core/watch.h"

static int64_t after(int64_t now, int64_t limit)
{
    return limit > 0 ? neap_duration_add(now, limit) : NEAP_NEVER;
}

void neap_watch_init(neap_watch *w, const neap_watch_options *options,
                     int64_t now)
{
    *w = (neap_watch){.options = *options,
                      .wall_at = after(now, options->wall),
                      .silence_at = after(now, options->silence),
                      .permission_at = NEAP_NEVER,
                      .linger_at = NEAP_NEVER};
    if (options->deadline > 0 && options->deadline < w->wall_at)
        w->wall_at = options->deadline;
}

static bool told(const neap_watch *w)
{
    return w->linger_at != NEAP_NEVER;
}

void neap_watch_progress(neap_watch *w, int64_t now)
{
    neap_watch_sign(w);
    if (!told(w))
        w->silence_at = after(now, w->options.silence);
}

void neap_watch_sign(neap_watch *w)
{
    w->permission_at = NEAP_NEVER;
}

void neap_watch_blocked(neap_watch *w, int64_t now)
{
    if (!told(w) && w->permission_at == NEAP_NEVER)
        w->permission_at = after(now, w->options.permission);
}

void neap_watch_terminal(neap_watch *w, int64_t now)
{
    if (told(w) || w->options.linger <= 0)
        return;
    w->linger_at = after(now, w->options.linger);
    w->wall_at = w->silence_at = w->permission_at = NEAP_NEVER;
}

void neap_watch_ended(neap_watch *w)
{
    w->ended = true;
}

neap_watch_verdict neap_watch_ask(int64_t *deadline, const neap_watch *w,
                                  int64_t now)
{
    const struct {
        int64_t at;
        neap_watch_verdict verdict;
    } limits[] = {{w->permission_at, NEAP_WATCH_PERMISSION},
                  {w->silence_at, NEAP_WATCH_SILENCE},
                  {w->wall_at, NEAP_WATCH_WALL},
                  {w->linger_at, NEAP_WATCH_LINGER}};
    neap_watch_verdict first = NEAP_WATCH_FINE;
    *deadline = NEAP_NEVER;
    if (w->ended)
        return NEAP_WATCH_FINE;
    for (int i = 0; i < 4; i++) {
        if (limits[i].at < *deadline) {
            *deadline = limits[i].at;
            first = limits[i].verdict;
        }
    }
    return now >= *deadline ? first : NEAP_WATCH_FINE;
}

/* SPDX-License-Identifier: MIT
 *
 * sim/process: a scripted child. Owns: the course of its behaviour; the rest
 * is io/process. */
#include "io/process_base.h"
#include "sim/sim.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_PID 1000000000 /* above what Linux gives */

typedef struct actor {
    neap_process base;
    neap_sim_behaviour *script; /* owned */
    neap_timer clock;           /* of the next line, or of the end */
    size_t line;                /* the next one */
    bool begun;
    int signal; /* that was sent and ends it, or 0 */
} actor;

/* --- behaviours ----------------------------------------------------------- */

static char *copy(char **room, const char *bytes, size_t len)
{
    char *at = *room;
    if (len > 0)
        memcpy(at, bytes, len);
    *room += len;
    return at;
}

/* One block: the behaviour, its lines, all bytes. */
static neap_sim_behaviour *clone_behaviour(const neap_sim_behaviour *from)
{
    size_t lines = from->line_count * sizeof *from->lines;
    size_t size = sizeof *from + lines + from->out_len + from->err_len;
    neap_sim_behaviour *to;
    neap_sim_line *line;
    char *room;
    for (size_t i = 0; i < from->line_count; i++)
        size += from->lines[i].len + 1;
    to = malloc(size);
    if (to == NULL)
        return NULL;
    *to = *from;
    to->lines = line = (neap_sim_line *)(to + 1);
    room = (char *)(line + from->line_count);
    to->out = copy(&room, from->out, from->out_len);
    to->err = copy(&room, from->err, from->err_len);
    for (size_t i = 0; i < from->line_count; i++, line++) {
        *line = from->lines[i];
        line->text = copy(&room, line->text, line->len);
        copy(&room, "\n", 1);
        line->len++;
        if (to->after < line->at && from->after < 0)
            to->after = line->at;
    }
    return to;
}

int neap_sim_expect(neap_loop *loop, const neap_sim_behaviour *behaviour,
                    neap_err *err)
{
    neap_sim *s = (neap_sim *)loop;
    free(s->next);
    s->next = behaviour != NULL ? clone_behaviour(behaviour) : NULL;
    if (behaviour != NULL && s->next == NULL)
        return neap_err_set(err, NEAP_ENOMEM, "no memory for a behaviour");
    return 0;
}

/* --- the course ----------------------------------------------------------- */

static void reap(actor *a)
{
    neap_process_facts *facts = &a->base.facts;
    facts->known = true;
    facts->signal = a->signal != 0 ? a->signal : a->script->signal;
    facts->code = facts->signal == 0 ? a->script->code : 0;
    neap_process__exit(&a->base);
    neap_process_unref(&a->base);
}

/* Say one thing; false when there is nothing to say now. */
static bool say(actor *a, int64_t age)
{
    const neap_sim_behaviour *b = a->script;
    const neap_sim_line *line = &b->lines[a->line];
    if (!a->begun) {
        a->begun = true;
        if (b->out_len > 0)
            neap_process__output(&a->base, 1, b->out, b->out_len);
        if (b->err_len > 0)
            neap_process__output(&a->base, 2, b->err, b->err_len);
        return true;
    }
    if (a->line == b->line_count || line->at > age || line->at > b->after)
        return false;
    a->line++;
    neap_process__output(&a->base, line->stream, line->text, line->len);
    return true;
}

static void on_clock(neap_loop *loop, void *ud)
{
    actor *a = ud;
    const neap_sim_behaviour *b = a->script;
    int64_t age = neap_loop_now(loop) - a->base.started, next = b->after;
    while (a->signal == 0 && say(a, age))
        ;
    if (a->signal != 0 || age >= b->after) {
        neap_process__ended(&a->base, true);
        return;
    }
    if (a->line < b->line_count && b->lines[a->line].at < next)
        next = b->lines[a->line].at;
    if (next != NEAP_NEVER) /* else it waits for a signal */
        neap_timer_start(&a->clock, loop, next - age, on_clock, a, NULL);
}

static void end_now(neap_handle *handle)
{
    actor *a = (actor *)((char *)handle - offsetof(actor, base.handle));
    neap_timer_stop(&a->clock);
    neap_timer_stop(&a->base.timer);
    neap_handle_remove(handle);
    neap_process_unref(&a->base);
}

/* --- verbs ---------------------------------------------------------------- */

static void actor_kill(neap_process *process, int signal)
{
    actor *a = (actor *)process;
    if (process->ladder.ended || signal == 0 ||
        (signal == SIGTERM && a->script->ignores_term))
        return;
    a->signal = signal;
    neap_timer_start(&a->clock, process->loop, 0, on_clock, a, NULL);
}

/* It has no grandchildren to sweep. */
static void actor_act(neap_process *process, neap_ladder_action action)
{
    if (action == NEAP_LADDER_REAP)
        reap((actor *)process);
    else if (action != NEAP_LADDER_SWEEP)
        actor_kill(process, action == NEAP_LADDER_TERM ? SIGTERM : SIGKILL);
}

/* Its stdin goes nowhere. */
static int actor_write(neap_process *process, const char *bytes, size_t len,
                       neap_err *err)
{
    (void)process;
    (void)bytes;
    (void)len;
    (void)err;
    return 0;
}

static bool actor_start_time(neap_process *process, char out[32])
{
    snprintf(out, 32, "%d", (int)(process->pid - FIRST_PID));
    return true;
}

static void actor_close_stdin(neap_process *process)
{
    (void)process;
}

static void actor_free(neap_process *process)
{
    free(((actor *)process)->script);
    free(process);
}

static const neap_process_ops ops = {
    actor_kill,       actor_act,         actor_write,
    actor_start_time, actor_close_stdin, actor_free,
};

int neap_sim__spawn(neap_process **out, neap_loop *loop,
                    const neap_process_options *options,
                    const neap_process_events *events, void *ud, neap_err *err)
{
    neap_sim *s = (neap_sim *)loop;
    actor *a;
    int rc;
    if (s->next == NULL)
        return neap_err_set(err, NEAP_ENOENT,
                            "cannot start \"%s\": no script for it",
                            options->argv[0]);
    a = calloc(1, sizeof *a);
    if (a == NULL)
        return neap_err_set(err, NEAP_ENOMEM, "cannot start \"%s\": no memory",
                            options->argv[0]);
    rc = neap_process__init(&a->base, &ops, loop, options, events, ud, err);
    if (rc == 0)
        rc = neap_timer_start(&a->clock, loop, 0, on_clock, a, err);
    if (rc != 0) {
        neap_process__deinit(&a->base);
        free(a);
        return rc;
    }
    a->script = s->next;
    s->next = NULL;
    a->base.pid = FIRST_PID + ++s->processes;
    neap_handle_add(&a->base.handle, loop, end_now);
    *out = &a->base;
    return 0;
}

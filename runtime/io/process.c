/* SPDX-License-Identifier: MIT
 *
 * process: see process.h. What both worlds share. */
#include "io/loop_base.h"
#include "io/process_base.h"

#include <stdlib.h>
#include <string.h>

static void on_line_1(void *ud, const char *line, size_t len)
{
    neap_process *p = ud;
    p->events.line(p->ud, 1, line, len);
}

static void on_line_2(void *ud, const char *line, size_t len)
{
    neap_process *p = ud;
    p->events.line(p->ud, 2, line, len);
}

static int capture_init(neap_process *p, int stream,
                        const neap_process_options *o, neap_err *err)
{
    neap_capture *c = &p->out[stream - 1];
    c->limit = o->limit;
    c->tail = o->tail;
    c->spool_limit = o->spool_limit;
    c->ud = p;
    if (p->events.line != NULL)
        c->on_line = stream == 1 ? on_line_1 : on_line_2;
    if (o->spool == NULL)
        return 0;
    c->spool = malloc(strlen(o->spool) + 5);
    if (c->spool == NULL)
        return neap_err_set(err, NEAP_ENOMEM, "cannot start \"%s\": no memory",
                            o->argv[0]);
    strcpy(c->spool, o->spool);
    strcat(c->spool, stream == 1 ? ".out" : ".err");
    return 0;
}

int neap_process__init(neap_process *p, const neap_process_ops *ops,
                       neap_loop *loop, const neap_process_options *options,
                       const neap_process_events *events, void *ud,
                       neap_err *err)
{
    p->ops = ops;
    p->loop = loop;
    p->events = *events;
    p->ud = ud;
    p->refs = 2;
    neap_ladder_init(&p->ladder, options->grace, options->drain);
    p->started = neap_loop_now(loop);
    if (capture_init(p, 1, options, err) != 0 ||
        capture_init(p, 2, options, err) != 0) {
        neap_process__deinit(p);
        return NEAP_ENOMEM;
    }
    return 0;
}

void neap_process__deinit(neap_process *p)
{
    neap_capture_deinit(&p->out[0]);
    neap_capture_deinit(&p->out[1]);
    free(p->stopped);
}

int neap_process_spawn(neap_process **out, neap_loop *loop,
                       const neap_process_options *options,
                       const neap_process_events *events, void *ud,
                       neap_err *err)
{
    return loop->ops->spawn(out, loop, options, events, ud, err);
}

void neap_process_ref(neap_process *p)
{
    p->refs++;
}

void neap_process_unref(neap_process *p)
{
    if (--p->refs > 0)
        return;
    neap_process__deinit(p);
    p->ops->free(p);
}

void neap_process__output(neap_process *p, int stream, const char *bytes,
                          size_t len)
{
    neap_capture_feed(&p->out[stream - 1], bytes, len);
    if (p->events.output != NULL)
        p->events.output(p->ud, stream, bytes, len);
}

void neap_process__exit(neap_process *p)
{
    neap_capture_end(&p->out[0]);
    neap_capture_end(&p->out[1]);
    neap_timer_stop(&p->timer);
    p->facts.duration = neap_loop_now(p->loop) - p->started;
    p->facts.stopped = p->stopped;
    neap_handle_remove(&p->handle);
    p->events.exit(p->ud, &p->facts);
}

static void climb(neap_process *p);

static void on_deadline(neap_loop *loop, void *ud)
{
    (void)loop;
    climb(ud);
}

/* Do what the ladder says, until it waits or the process is at its end. */
static void climb(neap_process *p)
{
    int64_t now = neap_loop_now(p->loop), deadline;
    neap_ladder_action action;
    do {
        action = neap_ladder_next(&deadline, &p->ladder, now);
        if (action == NEAP_LADDER_WAIT || action == NEAP_LADDER_REAP)
            neap_timer_stop(&p->timer);
        if (action != NEAP_LADDER_WAIT)
            p->ops->act(p, action);
    } while (action != NEAP_LADDER_WAIT && action != NEAP_LADDER_REAP);
    if (action == NEAP_LADDER_WAIT && deadline != NEAP_NEVER &&
        neap_timer_start(&p->timer, p->loop, deadline - now, on_deadline, p,
                         NULL) != 0)
        p->ops->act(p, NEAP_LADDER_KILL); /* no memory to wait with */
}

void neap_process__ended(neap_process *p, bool drained)
{
    neap_ladder_ended(&p->ladder, neap_loop_now(p->loop));
    if (drained)
        neap_ladder_drained(&p->ladder);
    climb(p);
}

void neap_process_stop(neap_process *p, const char *reason, int64_t grace)
{
    if (!neap_process_running(p))
        return;
    if (p->stopped == NULL && !p->ladder.ended)
        p->stopped = strdup(reason);
    neap_ladder_stop(&p->ladder, neap_loop_now(p->loop), grace);
    if (!p->ladder.ended)
        climb(p);
    else /* not here: this may be inside one of its lines */
        neap_timer_start(&p->timer, p->loop, 0, on_deadline, p, NULL);
}

void neap_process_kill(neap_process *p, int signal)
{
    if (neap_process_running(p))
        p->ops->kill(p, signal);
}

int neap_process_write(neap_process *p, const char *bytes, size_t len,
                       neap_err *err)
{
    if (!neap_process_running(p))
        return neap_err_set(err, NEAP_ECANCELLED,
                            "cannot write to process %d: it has ended",
                            (int)p->pid);
    return p->ops->write(p, bytes, len, err);
}

void neap_process_close_stdin(neap_process *p)
{
    if (neap_process_running(p))
        p->ops->close_stdin(p);
}

pid_t neap_process_pid(const neap_process *p)
{
    return p->pid;
}

bool neap_process_start_time(neap_process *p, char out[32])
{
    if (p->start_time[0] == '\0' &&
        (!neap_process_running(p) || !p->ops->start_time(p, p->start_time)))
        return false;
    memcpy(out, p->start_time, sizeof p->start_time);
    return true;
}

bool neap_process_running(const neap_process *p)
{
    return p->handle.loop != NULL;
}

neap_process_stream neap_process_output(const neap_process *p, int stream)
{
    const neap_capture *c = &p->out[stream - 1];
    neap_process_stream s = {c->head.bytes, c->head.len, c->bytes,
                             c->bytes > c->head.len, NULL};
    if (c->spool_err.code != 0)
        s.spool_error = c->spool_err.message;
    return s;
}

size_t neap_process_tail(const neap_process *p, int stream, char *out)
{
    return neap_capture_tail(&p->out[stream - 1], out);
}

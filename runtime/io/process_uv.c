/* SPDX-License-Identifier: MIT
 *
 * process_uv: see process_uv.h. */
#include "io/process_uv.h"

#include "io/sweep.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define READS_A_TURN 8 /* of NEAP_LOOP_SCRATCH bytes, from one pipe */

/* What is over sooner is read at its end, out of pipes that hold 64 KiB: it
 * costs no watch on them, and wakes us once. */
#define FRESH (5 * NEAP_MILLISECOND)

/* --- descriptors ---------------------------------------------------------- */

static void unwatch(neap_poller_entry *entry, int *fd)
{
    neap_poller_remove(entry);
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_all(neap_child *c)
{
    neap_timer_stop(&c->fresh);
    unwatch(&c->pipe[0], &c->fd[0]);
    unwatch(&c->pipe[1], &c->fd[1]);
    unwatch(&c->end, &c->pidfd);
    neap_input_close(&c->input);
}

/* --- the end -------------------------------------------------------------- */

static bool drained(const neap_child *c)
{
    return c->fd[0] < 0 && c->fd[1] < 0;
}

/* Read what is there; closes the stream at its end. `reads` bounds it. */
static void read_some(neap_child *c, int which, int reads)
{
    char *scratch = neap_child__world(c)->scratch;
    while (c->fd[which] >= 0 && reads-- > 0) {
        ssize_t n = read(c->fd[which], scratch, NEAP_LOOP_SCRATCH);
        if (n > 0) {
            neap_process__output(&c->base, which + 1, scratch, (size_t)n);
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            unwatch(&c->pipe[which], &c->fd[which]);
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

static void take_status(neap_child *c)
{
    neap_process_facts *facts = &c->base.facts;
    siginfo_t info = {0};
    int rc;
    do
        rc = waitid(P_PIDFD, (id_t)c->pidfd, &info, WEXITED | WNOHANG);
    while (rc != 0 && errno == EINTR);
    facts->known = rc == 0 && info.si_pid != 0;
    if (neap_spawn_outcome(c->spawn, &c->failed) != 0)
        facts->failed = &c->failed;
    if (facts->known && info.si_code == CLD_EXITED)
        facts->code = info.si_status;
    else if (facts->known)
        facts->signal = info.si_status;
}

/* One that has not come to its setsid yet has no group; the pidfd is it, and
 * never a stranger, should somebody else have reaped it. */
static void child_kill(neap_process *process, int signal)
{
    if (kill(-process->pid, signal) != 0)
        syscall(SYS_pidfd_send_signal, ((neap_child *)process)->pidfd, signal,
                NULL, 0);
}

/* Signal those who carry the mark of the process and left its group. */
static int signal_escaped(const neap_child *c, int signal)
{
    return c->mark != NULL ? neap_sweep_mark(c->mark, signal, c->base.pid) : 0;
}

/* Until the status is taken the number of the group is taken too; what answers
 * to it right afterwards was there before. */
static void reap(neap_child *c)
{
    neap_process *process = &c->base;
    take_status(c);
    if (process->facts.survivors == 0 && kill(-process->pid, 0) == 0) {
        int left = neap_sweep_group_size(process->pid);
        process->facts.survivors = left > 0 ? left : 1; /* dead by now */
    }
    read_some(c, 0, READS_A_TURN * 2);
    read_some(c, 1, READS_A_TURN * 2);
    close_all(c);
    neap_process__exit(process);
    neap_process_unref(process);
}

/* A stop asks those who left the group too, since they may hold the pipes. At
 * the end the members are counted before the kill, when some are likely. */
static void child_act(neap_process *process, neap_ladder_action action)
{
    neap_child *c = (neap_child *)process;
    const neap_ladder *l = &process->ladder;
    switch (action) {
    case NEAP_LADDER_TERM:
        child_kill(process, SIGTERM);
        signal_escaped(c, SIGTERM);
        break;
    case NEAP_LADDER_KILL:
        if (l->ended && (l->termed || !l->drained))
            process->facts.survivors += neap_sweep_group_size(process->pid);
        child_kill(process, SIGKILL);
        break;
    case NEAP_LADDER_SWEEP:
        process->facts.survivors += signal_escaped(c, SIGKILL);
        break;
    default:
        reap(c);
    }
}

static void on_pipe(neap_child *c, int which)
{
    read_some(c, which, READS_A_TURN);
    if (c->base.ladder.ended && neap_process_running(&c->base))
        neap_process__ended(&c->base, drained(c));
}

static void on_stdout(neap_poller_entry *entry)
{
    on_pipe((neap_child *)((char *)entry - offsetof(neap_child, pipe[0])), 0);
}

static void on_stderr(neap_poller_entry *entry)
{
    on_pipe((neap_child *)((char *)entry - offsetof(neap_child, pipe[1])), 1);
}

/* From here on what it says is heard when it says it. */
static void watch_pipes(neap_loop *loop, void *ud)
{
    static void (*const on_ready[])(neap_poller_entry *) = {on_stdout,
                                                            on_stderr};
    neap_child *c = ud;
    neap_poller *poller = &neap_child__world(c)->poller;
    int sys = 0;
    neap_timer_stop(&c->fresh);
    for (int i = 0; i < 2 && sys == 0; i++)
        if (c->fd[i] >= 0 && c->pipe[i].poller == NULL)
            sys = neap_poller_add(&c->pipe[i], poller, c->fd[i], on_ready[i]);
    if (sys != 0) /* the system has no room; later it may */
        neap_timer_start(&c->fresh, loop, FRESH, watch_pipes, c, NULL);
}

static void on_end(neap_poller_entry *entry)
{
    neap_child *c = (neap_child *)((char *)entry - offsetof(neap_child, end));
    neap_poller_remove(entry);
    read_some(c, 0, READS_A_TURN);
    read_some(c, 1, READS_A_TURN);
    if (!drained(c))
        watch_pipes(c->base.loop, c);
    neap_process__ended(&c->base, drained(c));
}

/* Nothing of it may stay. What the system does not let go of keeps the stack
 * it may stand on. */
static void end_now(neap_child *c)
{
    struct pollfd ended = {.fd = c->pidfd, .events = POLLIN};
    int rc;
    child_kill(&c->base, SIGKILL);
    do
        rc = poll(&ended, 1, 1000);
    while (rc < 0 && errno == EINTR);
    signal_escaped(c, SIGKILL);
    if (rc > 0)
        take_status(c);
    else
        c->spawn = NULL;
    close_all(c);
}

/* The loop is closed under a running process. */
static void on_loop_close(neap_handle *handle)
{
    neap_child *c =
        (neap_child *)((char *)handle - offsetof(neap_child, base.handle));
    neap_timer_stop(&c->base.timer);
    end_now(c);
    neap_handle_remove(handle);
    neap_process_unref(&c->base);
}

/* --- verbs ---------------------------------------------------------------- */

static int child_write(neap_process *process, const char *bytes, size_t len,
                       neap_err *err)
{
    return neap_input_write(&((neap_child *)process)->input, bytes, len, err);
}

/* /proc is slow to ask. Once the clock was seen to say the same, it is asked
 * instead. */
static bool child_start_time(neap_process *process, char out[32])
{
    neap_child *c = (neap_child *)process;
    neap_loop_uv_state *world = neap_child__world(c);
    char born[32];
    snprintf(born, sizeof born, "%lld", (long long)c->born);
    if (world->knows_births && c->born >= 0) {
        memcpy(out, born, sizeof born);
        return true;
    }
    if (!neap_sweep_start_time(process->pid, out))
        return false;
    world->knows_births |= strcmp(out, born) == 0;
    return true;
}

static void child_close_stdin(neap_process *process)
{
    neap_input_finish(&((neap_child *)process)->input);
}

static void child_free(neap_process *process)
{
    neap_child *c = (neap_child *)process;
    neap_spawn_free(c->spawn);
    free(c->mark);
    free(c);
}

const neap_process_ops neap_child__ops = {
    child_kill,       child_act,         child_write,
    child_start_time, child_close_stdin, child_free,
};

/* The pidfd exists only now; a child that cannot be watched must not stay. */
int neap_child__begin(neap_child *c, neap_err *err)
{
    neap_loop *loop = c->base.loop;
    neap_poller *poller = &neap_child__world(c)->poller;
    int sys = neap_poller_add(&c->end, poller, c->pidfd, on_end);
    if (sys == 0 &&
        neap_timer_start(&c->fresh, loop, FRESH, watch_pipes, c, NULL) != 0)
        sys = ENOMEM;
    if (sys == 0) {
        neap_handle_add(&c->base.handle, loop, on_loop_close);
        return 0;
    }
    end_now(c);
    return neap_err_sys(err, sys, "cannot watch process %d", (int)c->base.pid);
}

/* SPDX-License-Identifier: MIT
 *
 * process_uv: a real child: its pidfd and pipes, watched by libuv.
 *
 * Owns: descriptors of the child, its reaping, the end of its group. Uses:
 * io/spawn, io/sweep, libuv. No SIGCHLD handler: a pidfd says when it ended,
 * often before a byte of its output was read. */
#include "io/input.h"
#include "io/loop_uv.h"
#include "io/process_base.h"
#include "io/spawn.h"
#include "io/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READS_A_TURN 8 /* of NEAP_LOOP_SCRATCH bytes, from one pipe */

typedef struct child {
    neap_process base;
    int pidfd;
    int fd[2];         /* our ends of stdout and stderr; -1 once closed */
    uv_poll_t poll[3]; /* stdout, stderr, pidfd */
    neap_input input;
    int open;   /* libuv handles whose close callback is to come */
    char *mark; /* owned: its NEAP_ATTEMPT, or NULL */
} child;

static neap_loop_uv_state *world(child *c)
{
    return (neap_loop_uv_state *)c->base.loop;
}

/* --- descriptors ---------------------------------------------------------- */

/* libuv lets go of the memory of a handle only in its close callback. */
static void on_closed(uv_handle_t *handle)
{
    child *c = handle->data;
    if (--c->open == 0)
        neap_process_unref(&c->base);
}

static int watch(child *c, int which, int fd)
{
    int rc = uv_poll_init(&world(c)->uv, &c->poll[which], fd);
    c->poll[which].data = c;
    if (rc == 0)
        c->open++;
    return rc;
}

/* The poll must end before its descriptor does: a child that is not yet past
 * its execve still has the file open, and epoll would go on reporting it. */
static void unwatch(child *c, int which, int *fd)
{
    if (*fd < 0)
        return;
    uv_close((uv_handle_t *)&c->poll[which], on_closed);
    close(*fd);
    *fd = -1;
}

/* A copy at 3 or above, so that the child's dup2 onto 0, 1, 2 is always one. */
static int above_stdio(int fd)
{
    int copy;
    if (fd < 0 || fd >= 3)
        return fd;
    copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    close(fd);
    return copy;
}

static int pipe_open(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0) {
        ends[0] = ends[1] = -1;
        return errno;
    }
    ends[0] = above_stdio(ends[0]);
    ends[1] = above_stdio(ends[1]);
    return ends[0] < 0 || ends[1] < 0 ? EMFILE : 0;
}

/* --- the end -------------------------------------------------------------- */

static bool drained(const child *c)
{
    return c->fd[0] < 0 && c->fd[1] < 0;
}

/* Read what is there; closes the stream at its end. `reads` bounds it. */
static void read_some(child *c, int which, int reads)
{
    char *scratch = world(c)->scratch;
    while (c->fd[which] >= 0 && reads-- > 0) {
        ssize_t n = read(c->fd[which], scratch, NEAP_LOOP_SCRATCH);
        if (n > 0) {
            neap_process__output(&c->base, which + 1, scratch, (size_t)n);
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            unwatch(c, which, &c->fd[which]);
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

static void take_status(child *c)
{
    neap_process_facts *facts = &c->base.facts;
    siginfo_t info = {0};
    int rc;
    do
        rc = waitid(P_PIDFD, (id_t)c->pidfd, &info, WEXITED | WNOHANG);
    while (rc != 0 && errno == EINTR);
    facts->known = rc == 0 && info.si_pid != 0;
    if (facts->known && info.si_code == CLD_EXITED)
        facts->code = info.si_status;
    else if (facts->known)
        facts->signal = info.si_status;
}

static void child_kill(neap_process *process, int signal)
{
    kill(-process->pid, signal);
}

/* Signal those who carry the mark of the process and left its group. */
static int signal_escaped(const child *c, int signal)
{
    return c->mark != NULL ? neap_sweep_mark(c->mark, signal, c->base.pid) : 0;
}

/* Until the status is taken the number of the group is taken too; what answers
 * to it right afterwards was there before. */
static void reap(child *c)
{
    neap_process *process = &c->base;
    take_status(c);
    if (process->facts.survivors == 0 && kill(-process->pid, 0) == 0) {
        int left = neap_sweep_group_size(process->pid);
        process->facts.survivors = left > 0 ? left : 1; /* dead by now */
    }
    for (int i = 0; i < 2; i++) {
        read_some(c, i, READS_A_TURN * 2);
        unwatch(c, i, &c->fd[i]);
    }
    neap_input_close(&c->input);
    unwatch(c, 2, &c->pidfd);
    neap_process__exit(process);
}

/* A stop asks those who left the group too, since they may hold the pipes. At
 * the end the members are counted before the kill, when some are likely. */
static void child_act(neap_process *process, neap_ladder_action action)
{
    child *c = (child *)process;
    const neap_ladder *l = &process->ladder;
    switch (action) {
    case NEAP_LADDER_TERM:
        kill(-process->pid, SIGTERM);
        signal_escaped(c, SIGTERM);
        break;
    case NEAP_LADDER_KILL:
        if (l->ended && (l->termed || !l->drained))
            process->facts.survivors += neap_sweep_group_size(process->pid);
        kill(-process->pid, SIGKILL);
        break;
    case NEAP_LADDER_SWEEP:
        process->facts.survivors += signal_escaped(c, SIGKILL);
        break;
    default:
        reap(c);
    }
}

static void on_pipe(uv_poll_t *poll, int status, int events)
{
    child *c = poll->data;
    int which = poll == &c->poll[1];
    (void)events;
    if (status < 0)
        unwatch(c, which, &c->fd[which]);
    else
        read_some(c, which, READS_A_TURN);
    if (c->base.ladder.ended && neap_process_running(&c->base))
        neap_process__ended(&c->base, drained(c));
}

static void on_end(uv_poll_t *poll, int status, int events)
{
    child *c = poll->data;
    (void)status;
    (void)events;
    uv_poll_stop(poll);
    read_some(c, 0, READS_A_TURN);
    read_some(c, 1, READS_A_TURN);
    neap_process__ended(&c->base, drained(c));
}

/* The loop is closed under a running process: nothing of it may stay. */
static void end_now(neap_handle *handle)
{
    child *c = (child *)((char *)handle - offsetof(child, base.handle));
    struct pollfd ended = {.fd = c->pidfd, .events = POLLIN};
    neap_timer_stop(&c->base.timer);
    kill(-c->base.pid, SIGKILL);
    poll(&ended, 1, 1000);
    signal_escaped(c, SIGKILL);
    take_status(c);
    unwatch(c, 0, &c->fd[0]);
    unwatch(c, 1, &c->fd[1]);
    unwatch(c, 2, &c->pidfd);
    neap_input_close(&c->input);
    neap_handle_remove(handle);
}

/* --- verbs ---------------------------------------------------------------- */

static int child_write(neap_process *process, const char *bytes, size_t len,
                       neap_err *err)
{
    return neap_input_write(&((child *)process)->input, bytes, len, err);
}

static bool child_start_time(neap_process *process, char out[32])
{
    return neap_sweep_start_time(process->pid, out);
}

static void child_close_stdin(neap_process *process)
{
    neap_input_finish(&((child *)process)->input);
}

static void child_free(neap_process *process)
{
    child *c = (child *)process;
    free(c->mark);
    free(c);
}

static const neap_process_ops ops = {
    child_kill,       child_act,         child_write,
    child_start_time, child_close_stdin, child_free,
};

/* --- the start ------------------------------------------------------------ */

/* What every process of a loop shares, made for the first. 0 or an errno. */
static int prepare(neap_loop_uv_state *s)
{
    if (s->scratch == NULL && (s->scratch = malloc(NEAP_LOOP_SCRATCH)) == NULL)
        return ENOMEM;
    if (s->stack == NULL &&
        (s->stack = aligned_alloc(16, NEAP_SPAWN_STACK)) == NULL)
        return ENOMEM;
    if (s->null_fd < 0)
        s->null_fd = above_stdio(open("/dev/null", O_RDONLY | O_CLOEXEC));
    return s->null_fd < 0 ? errno : 0;
}

/* The mark that a sweep may follow: one that is not on ourselves too. */
static char *mark_of(char *const *env)
{
    const char *ours = getenv("NEAP_ATTEMPT");
    for (; env != NULL && *env != NULL; env++)
        if (strncmp(*env, "NEAP_ATTEMPT=", 13) == 0 &&
            (ours == NULL || strcmp(ours, *env + 13) != 0))
            return strdup(*env + 13);
    return NULL;
}

/* Pipes, input, then the program. `theirs` are the child's ends, -1 = none. */
static int start(child *c, const neap_process_options *o, int theirs[3],
                 neap_err *err)
{
    neap_loop_uv_state *s = world(c);
    neap_spawn_options spawn = {o->argv, o->env, o->cwd, {0}, NULL};
    int ends[2], sys = prepare(s);
    for (int i = 0; i < 2 && sys == 0; i++) {
        sys = pipe_open(ends);
        theirs[i + 1] = ends[1];
        if (sys == 0)
            sys = -watch(c, i, ends[0]);
        if (sys == 0)
            c->fd[i] = ends[0];
        else if (ends[0] >= 0)
            close(ends[0]);
    }
    if (sys == 0 && (o->input != NULL || o->input_open)) {
        sys = pipe_open(ends);
        theirs[0] = ends[0];
        neap_input_open(&c->input, &s->uv, ends[1]);
    }
    if (sys != 0)
        return neap_spawn_error(err, sys, &spawn);
    if (o->input_len > 0)
        sys = neap_input_write(&c->input, o->input, o->input_len, err);
    if (sys != 0)
        return sys;
    if (!o->input_open)
        neap_input_finish(&c->input);
    spawn.fds[0] = theirs[0] >= 0 ? theirs[0] : s->null_fd;
    spawn.fds[1] = theirs[1];
    spawn.fds[2] = theirs[2];
    spawn.stack = s->stack;
    return neap_spawn(&c->base.pid, &c->pidfd, &spawn, err);
}

/* The pidfd exists only now; a child that cannot be watched must not stay. */
static int watch_end(child *c, neap_err *err)
{
    int rc = watch(c, 2, c->pidfd);
    if (rc == 0) {
        uv_poll_start(&c->poll[0], UV_READABLE, on_pipe);
        uv_poll_start(&c->poll[1], UV_READABLE, on_pipe);
        uv_poll_start(&c->poll[2], UV_READABLE, on_end);
        neap_handle_add(&c->base.handle, c->base.loop, end_now);
        return 0;
    }
    kill(-c->base.pid, SIGKILL);
    take_status(c);
    close(c->pidfd);
    return neap_err_sys(err, -rc, "cannot watch process %d", (int)c->base.pid);
}

int neap_process__spawn(neap_process **out, neap_loop *loop,
                        const neap_process_options *options,
                        const neap_process_events *events, void *ud,
                        neap_err *err)
{
    int theirs[3] = {-1, -1, -1}, rc;
    child *c = calloc(1, sizeof *c);
    if (c == NULL)
        return neap_err_set(err, NEAP_ENOMEM, "cannot start \"%s\": no memory",
                            options->argv[0]);
    c->pidfd = c->fd[0] = c->fd[1] = c->input.fd = -1;
    rc = neap_process__init(&c->base, &ops, loop, options, events, ud, err);
    if (rc != 0) {
        free(c);
        return rc;
    }
    c->mark = mark_of(options->env);
    rc = start(c, options, theirs, err);
    for (int i = 0; i < 3; i++)
        if (theirs[i] >= 0)
            close(theirs[i]);
    if (rc == 0)
        rc = watch_end(c, err);
    if (rc == 0) {
        *out = &c->base;
        return 0;
    }
    neap_input_close(&c->input);
    c->open++; /* for us, while the others go */
    unwatch(c, 0, &c->fd[0]);
    unwatch(c, 1, &c->fd[1]);
    neap_process_unref(&c->base);
    if (--c->open == 0)
        neap_process_unref(&c->base);
    return rc;
}

/* SPDX-License-Identifier: MIT
 *
 * process_start: a real child up to its first turn: pipes, input, program.
 *
 * Uses: io/spawn; the rest of its life is process_uv.c. */
#include "io/process_uv.h"
#include "io/spawn.h"
#include "io/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* What every process of a loop shares, made for the first. 0 or an errno. */
static int prepare(neap_loop_uv_state *s)
{
    if (s->scratch == NULL && (s->scratch = malloc(NEAP_LOOP_SCRATCH)) == NULL)
        return ENOMEM;
    if (s->base.signals == 0)
        s->base.signals = neap_spawn_signals();
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
static int start(neap_child *c, const neap_process_options *o, int theirs[3],
                 neap_err *err)
{
    neap_loop_uv_state *s = neap_child__world(c);
    neap_spawn_options spawn = {
        .argv = o->argv, .env = o->env, .cwd = o->cwd, .held = s->base.held};
    int64_t before;
    int ends[2], sys = prepare(s);
    spawn.signals = s->base.signals;
    for (int i = 0; i < 2 && sys == 0; i++) {
        sys = pipe_open(ends);
        theirs[i + 1] = ends[1];
        c->fd[i] = ends[0];
        if (sys == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
            sys = errno;
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
    before = neap_sweep_ticks();
    sys = neap_spawn_start(&c->spawn, &c->base.pid, &c->pidfd, &spawn, err);
    c->born = neap_sweep_ticks() == before ? before : -1;
    return sys;
}

int neap_process__spawn(neap_process **out, neap_loop *loop,
                        const neap_process_options *options,
                        const neap_process_events *events, void *ud,
                        neap_err *err)
{
    int theirs[3] = {-1, -1, -1}, rc;
    neap_child *c = calloc(1, sizeof *c);
    if (c == NULL)
        return neap_err_set(err, NEAP_ENOMEM, "cannot start \"%s\": no memory",
                            options->argv[0]);
    c->pidfd = c->fd[0] = c->fd[1] = c->input.fd = -1;
    rc = neap_process__init(&c->base, &neap_child__ops, loop, options, events,
                            ud, err);
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
        rc = neap_child__begin(c, err);
    if (rc == 0) {
        *out = &c->base;
        return 0;
    }
    neap_input_close(&c->input);
    for (int i = 0; i < 2; i++)
        if (c->fd[i] >= 0)
            close(c->fd[i]);
    neap_process_unref(&c->base);
    neap_process_unref(&c->base);
    return rc;
}

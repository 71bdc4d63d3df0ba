/* SPDX-License-Identifier: MIT
 *
 * process: a child, from its start to the facts of its end.
 *
 * Owns: its output, its stop, its end. Refuses to know: what an end means
 * (it reports facts), and which attempts there are. Uses: core/ladder,
 * io/capture, io/timer; process_uv.c and sim/process.c are the two worlds.
 *
 * The laws:
 *  1. A process that was started gives `exit` exactly once, as its last event,
 *     from the loop, unless the loop is closed before. Its program is loaded
 *     beside the loop; that this failed is an end like another.
 *  2. The end is the end of the leader, not of the output: after it the pipes
 *     are read to their end, but no longer than `drain`.
 *  3. When `exit` is called, every process of the group is killed; and when
 *     the leader was stopped, or left its pipes to others, so is every process
 *     that carries its NEAP_ATTEMPT.
 *  4. The leader is reaped after that, so no signal meets a stranger.
 *  5. Stop is TERM to the group, `grace`, KILL (core/ladder decides).
 */
#ifndef NEAP_IO_PROCESS_H
#define NEAP_IO_PROCESS_H

#include "base/err.h"
#include "io/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct neap_process neap_process;

/* Everything is borrowed during the call that gets it. */
typedef struct neap_process_options {
    char *const *argv;
    char *const *env;  /* "NAME=value", NULL-terminated; NULL = ours */
    const char *cwd;   /* NULL = ours */
    const char *input; /* fed to stdin; NULL = stdin is /dev/null … */
    size_t input_len;
    bool input_open;   /* … unless this: more comes by neap_process_write */
    int64_t grace;     /* between TERM and KILL */
    int64_t drain;     /* that others may hold the pipes after the end */
    size_t limit;      /* bytes kept of the beginning of each stream */
    size_t tail;       /* bytes kept of the end of each stream */
    const char *spool; /* PREFIX of PREFIX.out and PREFIX.err, or NULL */
    uint64_t spool_limit;
} neap_process_options;

#define NEAP_PROCESS_OPTIONS_INIT                                              \
    {                                                                          \
        .grace = 5 * NEAP_SECOND, .drain = NEAP_SECOND / 2, .limit = 1 << 20,  \
        .tail = 4096, .spool_limit = 64 << 20                                  \
    }

/* Borrowed during the callback. `stream` is 1 (stdout) or 2 (stderr). */
typedef struct neap_process_facts {
    const neap_err *failed; /* why it never became the program, or NULL */
    bool known;             /* false: somebody else reaped the child */
    int code;               /* of exit, when `signal` is 0 */
    int signal;             /* that ended the leader, or 0 */
    int64_t duration;
    int survivors;       /* processes killed after the leader's end */
    const char *stopped; /* the reason given to neap_process_stop, or NULL */
} neap_process_facts;

/* Events that are not wanted are NULL. */
typedef struct neap_process_events {
    void (*output)(void *ud, int stream, const char *bytes, size_t len);
    void (*line)(void *ud, int stream, const char *line, size_t len);
    void (*exit)(void *ud, const neap_process_facts *facts);
} neap_process_events;

/* --- life ---------------------------------------------------------------- */

/* Start a process; what can be seen at once fails at once: no such program in
 * PATH (not_found), no descriptors or processes (limit). The caller owns one
 * reference; the loop keeps another until after `exit`. */
int neap_process_spawn(neap_process **out, neap_loop *loop,
                       const neap_process_options *options,
                       const neap_process_events *events, void *ud,
                       neap_err *err);
void neap_process_ref(neap_process *process);
void neap_process_unref(neap_process *process);

/* --- verbs: all are fine after the end, and then do nothing --------------- */

/* Ask, then insist. `reason` (copied) is what the facts will say; the first
 * one stays. A later stop may only shorten the grace; `grace` < 0 = that of
 * the options. */
void neap_process_stop(neap_process *process, const char *reason,
                       int64_t grace);
/* One signal to the whole group. */
void neap_process_kill(neap_process *process, int signal);
/* More for stdin; copied. Fails with cancelled once it is closed. */
int neap_process_write(neap_process *process, const char *bytes, size_t len,
                       neap_err *err);
/* End of file once everything is written. */
void neap_process_close_stdin(neap_process *process);

/* --- queries ------------------------------------------------------------- */

pid_t neap_process_pid(const neap_process *process);
/* With the pid and the boot's id it names the process for ever: field 22 of
 * /proc/PID/stat. Known once it was asked for while the process ran. */
bool neap_process_start_time(neap_process *process, char out[32]);
bool neap_process_running(const neap_process *process); /* `exit` is to come */

typedef struct neap_process_stream {
    const char *head; /* borrowed until the process is freed */
    size_t head_len;
    uint64_t bytes;          /* in all */
    bool truncated;          /* head is not all of it */
    const char *spool_error; /* why the file is not all of it, or NULL */
} neap_process_stream;

neap_process_stream neap_process_output(const neap_process *process,
                                        int stream);
/* The last bytes, copied to `out` (room for options.tail); their number. */
size_t neap_process_tail(const neap_process *process, int stream, char *out);

#endif

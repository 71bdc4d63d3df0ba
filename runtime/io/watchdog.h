/* SPDX-License-Identifier: MIT
 *
 * watchdog: a signal that is watched, and that the loop does not hear, ends
 * the process after all.
 *
 * A loop hears nothing while a function does not come back. Owns: a handler in
 * front of libuv's for each guarded signal, and SIGALRM with setitimer(2) while
 * there is one. All that is the process's, so only a program that is its own
 * master asks for it. When it bites, the loop may stand anywhere: to what is
 * on record that is a kill -9. Uses: io/sweep.
 */
#ifndef NEAP_IO_WATCHDOG_H
#define NEAP_IO_WATCHDOG_H

/* Guard `signal`, whose handler libuv has set. The first `spare` of it may stay
 * unheard for ever, a further one for `seconds` (above 0); then the children
 * get SIGTERM with their groups, `words` (copied) go to stderr, and the signal
 * has its default action. The last seconds and words count for all. */
void neap_watchdog_add(int signal, int spare, unsigned seconds,
                       const char *words);

/* After libuv's handler is gone: one fewer is guarded. */
void neap_watchdog_remove(void);

/* The loop has come back. */
void neap_watchdog_heard(void);

#endif

/* SPDX-License-Identifier: MIT
 *
 * watchdog: see watchdog.h. A handler of signals has no object to find its
 * state by, hence the one static below. */
#include "io/watchdog.h"

#include "io/sweep.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static struct watchdog {
    void (*below)(int signal);         /* libuv's handler, one for all */
    volatile sig_atomic_t spare[NSIG]; /* that may still stay unheard */
    volatile sig_atomic_t unheard;     /* the signal that runs out, or 0 */
    volatile sig_atomic_t growled;     /* half of its time is over */
    unsigned seconds;
    char words[256];
    int guarded;            /* how many */
    struct sigaction alarm; /* what SIGALRM was before */
} dog;

/* In two halves: after a while in which nothing of us ran (Ctrl-Z) the first
 * is over at once, and the loop has the second one to hear. 0: not at all. */
static void wait_half(unsigned seconds)
{
    struct itimerval half = {0};
    half.it_value.tv_sec = seconds / 2;
    half.it_value.tv_usec = seconds % 2 * 500000;
    setitimer(ITIMER_REAL, &half, NULL);
}

static void on_signal(int signal)
{
    if (dog.spare[signal] > 0) {
        dog.spare[signal]--;
    } else if (dog.unheard == 0 && dog.guarded > 0) {
        dog.unheard = signal;
        dog.growled = 0;
        wait_half(dog.seconds);
    }
    dog.below(signal);
}

/* Everything may block or fail but the last step: stderr is a terminal that
 * was stopped, say. From the first on another signal ends us. */
static void bite(int number)
{
    int unheard = dog.unheard;
    (void)number;
    if (unheard == 0)
        return;
    if (!dog.growled) {
        dog.growled = 1;
        wait_half(dog.seconds);
        return;
    }
    signal(unheard, SIG_DFL);
    neap_sweep_children(SIGTERM);
    if (write(STDERR_FILENO, dog.words, strlen(dog.words)) < 0) {
        /* nobody reads it */
    }
    raise(unheard);
}

void neap_watchdog_add(int signal, int spare, unsigned seconds,
                       const char *words)
{
    struct sigaction action = {.sa_handler = bite, .sa_flags = SA_RESTART};
    dog.spare[signal] = spare;
    dog.seconds = seconds;
    snprintf(dog.words, sizeof dog.words, "%s", words);
    if (dog.guarded++ == 0)
        sigaction(SIGALRM, &action, &dog.alarm);
    sigaction(signal, NULL, &action);
    if (action.sa_handler == on_signal)
        return;
    dog.below = action.sa_handler;
    action.sa_handler = on_signal; /* its mask and flags do for us too */
    sigaction(signal, &action, NULL);
}

void neap_watchdog_remove(void)
{
    if (--dog.guarded > 0)
        return;
    neap_watchdog_heard();
    sigaction(SIGALRM, &dog.alarm, NULL);
}

/* A signal that comes in between is guarded by nothing but the loop, which is
 * about to hear it. */
void neap_watchdog_heard(void)
{
    if (dog.unheard == 0)
        return;
    wait_half(0);
    dog.unheard = 0;
}

/* SPDX-License-Identifier: MIT
 *
 * start: N processes, J at a time, by bare clone(VM|VFORK|PIDFD) and epoll:
 * what a runner costs that captures, records and decides nothing.
 * usage: start N J PROGRAM [ARGUMENT…]   prints processes a second */
#include "bench.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK 65536

static char stack[STACK] __attribute__((aligned(16)));

static int child(void *argv)
{
    execv(((char **)argv)[0], argv);
    _exit(127);
}

static void start(int poll, char **argv)
{
    struct epoll_event event = {.events = EPOLLIN};
    int pidfd;
    if (clone(child, stack + STACK,
              CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, argv, &pidfd) < 0)
        abort();
    event.data.fd = pidfd;
    if (epoll_ctl(poll, EPOLL_CTL_ADD, pidfd, &event) != 0)
        abort();
}

/* A child on its way through execve still has the descriptor: epoll must be
 * told. */
static void reap(int poll, int pidfd)
{
    siginfo_t info;
    epoll_ctl(poll, EPOLL_CTL_DEL, pidfd, NULL);
    if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) != 0 || info.si_status)
        abort();
    close(pidfd);
}

int main(int argc, char **argv)
{
    struct epoll_event events[64];
    int count = argc > 3 ? atoi(argv[1]) : 0,
        jobs = argc > 3 ? atoi(argv[2]) : 0;
    int started = 0, ended = 0, poll = epoll_create1(EPOLL_CLOEXEC);
    double began = bench_now();
    while (ended < count) {
        int n;
        for (; started < count && started - ended < jobs; started++)
            start(poll, argv + 3);
        n = epoll_wait(poll, events, 64, -1);
        for (int i = 0; i < n; i++, ended++)
            reap(poll, events[i].data.fd);
    }
    printf("%.1f\n", count / (bench_now() - began));
    return count > 0 ? 0 : 2;
}

/* SPDX-License-Identifier: MIT
 *
 * raw: system calls without libc, for a child that shares our memory while we
 * go on: errno is ours, and libc's wrappers would write to it.
 *
 * neap_raw(number, a, b, c, d) returns the result, or an errno below zero.
 * NEAP_RAW is 0 on machines whose call is not written down here; there the
 * caller has to stand still while the child runs (CLONE_VFORK). */
#ifndef NEAP_IO_RAW_H
#define NEAP_IO_RAW_H

#if defined(__x86_64__)

#define NEAP_RAW 1

__attribute__((always_inline)) static inline long
neap_raw(long number, long a, long b, long c, long d)
{
    register long fourth __asm__("r10") = d;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
                     : "rcx", "r11", "memory");
    return result;
}

#elif defined(__aarch64__)

#define NEAP_RAW 1

__attribute__((always_inline)) static inline long
neap_raw(long number, long a, long b, long c, long d)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3)
                     : "memory");
    return x0;
}

#else

#include <errno.h>
#include <unistd.h>

#define NEAP_RAW 0

static inline long neap_raw(long number, long a, long b, long c, long d)
{
    long result = syscall(number, a, b, c, d);
    return result < 0 ? -errno : result;
}

#endif

#endif

/* SPDX-License-Identifier: MIT
 *
 * interposer: counts the durable system calls of a neap process and kills it
 * at one of them. Loaded with LD_PRELOAD; does nothing in other programs.
 *
 * NEAP_CRASH_AT=n     die at the n-th call, 1-based; absent: only count
 * NEAP_CRASH_WHEN     "before" (default) or "after" it; "fail": do not die, it
 *                     and all that follow are refused with EIO
 * NEAP_CRASH_COUNT    file that gets the number of calls made so far
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_int calls;

static int number(const char *name)
{
    const char *text = getenv(name);
    return text != NULL ? atoi(text) : 0;
}

static void note(int count)
{
    char text[16];
    const char *path = getenv("NEAP_CRASH_COUNT");
    int fd =
        path != NULL ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return;
    if (write(fd, text, (size_t)snprintf(text, sizeof text, "%d\n", count)) < 0)
        abort();
    close(fd);
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static int is_when(const char *what)
{
    const char *when = getenv("NEAP_CRASH_WHEN");
    return strcmp(when != NULL ? when : "before", what) == 0;
}

static int is_refused(int count)
{
    int at = number("NEAP_CRASH_AT");
    errno = EIO;
    return at > 0 && count >= at && is_when("fail");
}

/* Count a call; its number, or 0 in a program that is not neap. */
static int enter(void)
{
    int count;
    if (strcmp(program_invocation_short_name, "neap") != 0)
        return 0;
    count = atomic_fetch_add(&calls, 1) + 1;
    note(count);
    if (count == number("NEAP_CRASH_AT") && is_when("before"))
        die();
    return count;
}

static void leave(int count)
{
    if (count != 0 && count == number("NEAP_CRASH_AT") && is_when("after"))
        die();
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd)
{
    int count = enter();
    int rc = is_refused(count) ? -1 : REAL(fsync)(fd);
    leave(count);
    return rc;
}

int fdatasync(int fd)
{
    int count = enter();
    int rc = is_refused(count) ? -1 : REAL(fdatasync)(fd);
    leave(count);
    return rc;
}

int rename(const char *from, const char *to)
{
    int count = enter();
    int rc = is_refused(count) ? -1 : REAL(rename)(from, to);
    leave(count);
    return rc;
}

int unlink(const char *path)
{
    int count = enter();
    int rc = is_refused(count) ? -1 : REAL(unlink)(path);
    leave(count);
    return rc;
}

int mkdir(const char *path, __mode_t mode)
{
    int count = enter();
    int rc = is_refused(count) ? -1 : REAL(mkdir)(path, mode);
    leave(count);
    return rc;
}

int ftruncate(int fd, __off_t size)
{
    int count = enter();
    int rc = is_refused(count) ? -1 : REAL(ftruncate)(fd, size);
    leave(count);
    return rc;
}

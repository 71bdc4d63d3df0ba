/* SPDX-License-Identifier: MIT
 *
 * interposer: counts the durable system calls of a neap process and kills it
 * at one of them. Loaded with LD_PRELOAD; does nothing in other programs.
 *
 * NEAP_CRASH_PROGRAM=git  it is that program's calls; who started it dies first
 * NEAP_CRASH_PATH     only calls on paths that have this text in them count,
 *                     and then what makes and fills files does too
 * NEAP_CRASH_TRACE    file that gets a line for each call: its name
 * NEAP_CRASH_AT=n     die at the n-th call, 1-based; absent: only count
 * NEAP_CRASH_WHEN     "before" (default) or "after" it; "half": when half of
 *                     it is written, to the end of a page, where the kernel
 *                     ends what it cuts; "fail": do not die, it and all that
 *                     follow are refused with EIO
 * NEAP_CRASH_COUNT    file that gets the number of calls made so far
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static atomic_int calls;

static int number(const char *name)
{
    const char *text = getenv(name);
    return text != NULL ? atoi(text) : 0;
}

static void put(const char *variable, int flags, const char *text)
{
    const char *path = getenv(variable);
    int fd =
        path != NULL ? REAL(open)(path, flags | O_WRONLY | O_CREAT, 0600) : -1;
    if (fd < 0)
        return;
    if (REAL(write)(fd, text, strlen(text)) < 0)
        abort();
    close(fd);
}

static void note(int count, const char *name)
{
    char text[32];
    snprintf(text, sizeof text, "%d\n", count);
    put("NEAP_CRASH_COUNT", 0, text);
    snprintf(text, sizeof text, "%s\n", name);
    put("NEAP_CRASH_TRACE", O_APPEND, text);
}

static void die(void)
{
    if (getenv("NEAP_CRASH_PROGRAM") != NULL)
        kill(getppid(), SIGKILL);
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

static int is_watched(void)
{
    const char *program = getenv("NEAP_CRASH_PROGRAM");
    return strcmp(program_invocation_short_name,
                  program != NULL ? program : "neap") == 0;
}

/* Count a call; its number, or 0 where it does not count. */
static int enter(const char *name, const char *path)
{
    int count;
    const char *wanted = getenv("NEAP_CRASH_PATH");
    if (!is_watched() || (wanted != NULL && strstr(path, wanted) == NULL))
        return 0;
    count = atomic_fetch_add(&calls, 1) + 1;
    note(count, name);
    if (count == number("NEAP_CRASH_AT") && is_when("before"))
        die();
    return count;
}

static int enter_fd(const char *name, int fd)
{
    char link[64], path[PATH_MAX];
    ssize_t n;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    return path[0] == '/' ? enter(name, path) : 0; /* not of pipes */
}

/* The same for a call that counts only where paths do. */
static int enter_more(const char *name, const char *path)
{
    return getenv("NEAP_CRASH_PATH") != NULL ? enter(name, path) : 0;
}

static void leave(int count)
{
    if (count != 0 && count == number("NEAP_CRASH_AT") && is_when("after"))
        die();
}

int fsync(int fd)
{
    int count = enter_fd("fsync", fd);
    int rc = is_refused(count) ? -1 : REAL(fsync)(fd);
    leave(count);
    return rc;
}

int fdatasync(int fd)
{
    int count = enter_fd("fdatasync", fd);
    int rc = is_refused(count) ? -1 : REAL(fdatasync)(fd);
    leave(count);
    return rc;
}

int rename(const char *from, const char *to)
{
    int count = enter("rename", from);
    int rc = is_refused(count) ? -1 : REAL(rename)(from, to);
    leave(count);
    return rc;
}

int unlink(const char *path)
{
    int count = enter("unlink", path);
    int rc = is_refused(count) ? -1 : REAL(unlink)(path);
    leave(count);
    return rc;
}

int mkdir(const char *path, __mode_t mode)
{
    int count = enter("mkdir", path);
    int rc = is_refused(count) ? -1 : REAL(mkdir)(path, mode);
    leave(count);
    return rc;
}

int ftruncate(int fd, __off_t size)
{
    int count = enter_fd("ftruncate", fd);
    int rc = is_refused(count) ? -1 : REAL(ftruncate)(fd, size);
    leave(count);
    return rc;
}

int rmdir(const char *path)
{
    int count = enter_more("rmdir", path);
    int rc = REAL(rmdir)(path);
    leave(count);
    return rc;
}

int symlink(const char *to, const char *path)
{
    int count = enter_more("symlink", path);
    int rc = REAL(symlink)(to, path);
    leave(count);
    return rc;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    int count = getenv("NEAP_CRASH_PATH") != NULL ? enter_fd("write", fd) : 0;
    int dies = count != 0 && count == number("NEAP_CRASH_AT");
    size_t half = len / 2 / 4096 * 4096;
    ssize_t rc = REAL(write)(fd, bytes, dies && is_when("half") ? half : len);
    if (dies && is_when("half"))
        die();
    leave(count);
    return rc;
}

/* `open` and `open64` are two names of one thing. */
#define OPEN(name)                                                             \
    int name(const char *path, int flags, ...)                                 \
    {                                                                          \
        va_list rest;                                                          \
        unsigned mode = 0;                                                     \
        int count, fd;                                                         \
        va_start(rest, flags);                                                 \
        if ((flags & O_CREAT) != 0)                                            \
            mode = va_arg(rest, unsigned);                                     \
        va_end(rest);                                                          \
        count = (flags & O_CREAT) != 0 ? enter_more("open", path) : 0;         \
        fd = REAL(name)(path, flags, mode);                                    \
        leave(count);                                                          \
        return fd;                                                             \
    }

OPEN(open)
OPEN(open64)

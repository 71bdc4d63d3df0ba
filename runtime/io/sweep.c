/* SPDX-License-Identifier: MIT
 *
 * sweep: see sweep.h. */
#include "io/sweep.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The whole of /proc/PID/NAME, NUL-terminated, owned by the caller, or NULL. */
static char *slurp(pid_t pid, const char *name, size_t *len)
{
    char path[64];
    neap_buf buf = NEAP_BUF_INIT;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    if (neap_file_read(&neap_sys_libc, path, &buf, NULL) != 0 ||
        neap_buf_cstr(&buf) == NULL) {
        neap_buf_deinit(&buf);
        return NULL;
    }
    *len = buf.len;
    return buf.bytes;
}

/* Field `number` (from 3 on) of /proc/PID/stat: borrowed from `stat`. The name
 * in field 2 may hold anything, so fields are counted from its last ")". */
static char *stat_field(char *stat, int number)
{
    char *at = strrchr(stat, ')');
    for (int field = 2; at != NULL && field < number; field++) {
        at = strchr(at, ' ');
        if (at != NULL)
            at++;
    }
    return at;
}

/* Call fn(pid, ud) for each process; the sum of what it returns. */
static int each_process(int (*fn)(pid_t pid, const void *ud), const void *ud)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    int sum = 0;
    if (proc == NULL)
        return 0;
    while ((entry = readdir(proc)) != NULL)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            sum += fn((pid_t)atoi(entry->d_name), ud);
    closedir(proc);
    return sum;
}

typedef struct hunt {
    const char *mark;
    int signal;
    pid_t except;
} hunt;

/* Is `mark` the one that is hunted, or below it when that ends with "/"? */
static bool is_prey(const char *mark, const char *hunted)
{
    size_t len = strlen(hunted);
    if (len > 0 && hunted[len - 1] == '/')
        return strncmp(mark, hunted, len) == 0;
    return strcmp(mark, hunted) == 0;
}

/* The pidfd is taken before the environment is read: if the number changes
 * hands in between, the signal goes to nobody. */
static int strike(pid_t pid, const void *ud)
{
    const hunt *h = ud;
    size_t len;
    int struck = 0;
    char *env;
    int pidfd;
    if (pid == getpid() || (h->except != 0 && getpgid(pid) == h->except))
        return 0;
    pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0)
        return 0;
    env = slurp(pid, "environ", &len);
    if (env == NULL)
        goto out;
    for (char *at = env; at < env + len && !struck; at += strlen(at) + 1)
        if (strncmp(at, "NEAP_ATTEMPT=", 13) == 0)
            struck =
                is_prey(at + 13, h->mark) &&
                syscall(SYS_pidfd_send_signal, pidfd, h->signal, NULL, 0) == 0;
    free(env);
out:
    close(pidfd);
    return struck;
}

int neap_sweep_mark(const char *mark, int signal, pid_t except)
{
    hunt h = {mark, signal, except};
    int most = each_process(strike, &h);
    int again = signal == SIGKILL && most > 0 ? 3 : 0;
    for (int found = most; found > 0 && again > 0; again--) {
        found = each_process(strike, &h); /* forked meanwhile */
        most = found > most ? found : most;
    }
    return most;
}

static int is_member(pid_t pid, const void *ud)
{
    size_t len;
    char *stat, *state;
    int yes;
    if (getpgid(pid) != *(const pid_t *)ud)
        return 0;
    stat = slurp(pid, "stat", &len);
    state = stat != NULL ? stat_field(stat, 3) : NULL;
    yes = state != NULL && *state != 'Z' && *state != 'X';
    free(stat);
    return yes;
}

int neap_sweep_group_size(pid_t group)
{
    return each_process(is_member, &group);
}

void neap_sweep_children(int signal)
{
    char text[4096];
    pid_t pid = 0;
    ssize_t n;
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && (n = read(fd, text, sizeof text)) > 0)
        for (ssize_t i = 0; i < n; i++) {
            if (text[i] != ' ') {
                pid = pid * 10 + (text[i] - '0');
                continue;
            }
            if (pid > 1)
                kill(-pid, signal);
            pid = 0;
        }
    if (fd >= 0)
        close(fd);
}

/* Asked for at each start: one read, no allocation. */
bool neap_sweep_start_time(pid_t pid, char out[32])
{
    char path[64], stat[1024], *field;
    ssize_t n;
    int fd;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    n = read(fd, stat, sizeof stat - 1);
    close(fd);
    if (n <= 0)
        return false;
    stat[n] = '\0';
    field = stat_field(stat, 22);
    if (field != NULL)
        snprintf(out, 32, "%.*s", (int)strspn(field, "0123456789"), field);
    return field != NULL;
}

int64_t neap_sweep_ticks(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec) /
           (1000000000 / sysconf(_SC_CLK_TCK));
}

bool neap_sweep_boot_id(char out[40])
{
    neap_buf buf = NEAP_BUF_INIT;
    bool ok = neap_file_read(&neap_sys_libc, "/proc/sys/kernel/random/boot_id",
                             &buf, NULL) == 0;
    if (ok)
        snprintf(out, 40, "%.*s", (int)strcspn(neap_buf_cstr(&buf), "\n"),
                 buf.bytes);
    neap_buf_deinit(&buf);
    return ok;
}

bool neap_sweep_alive(pid_t pid, const char *start_time, const char *boot_id)
{
    char start[32], boot[40];
    return neap_sweep_start_time(pid, start) && neap_sweep_boot_id(boot) &&
           strcmp(start, start_time) == 0 && strcmp(boot, boot_id) == 0;
}

typedef struct lookout {
    struct stat lock;
    const char *const *folders;
    pid_t *holder;
} lookout;

static bool has_open(pid_t pid, const struct stat *file)
{
    char path[64];
    struct dirent *entry;
    struct stat st;
    bool found = false;
    DIR *fds;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    fds = opendir(path);
    while (fds != NULL && !found && (entry = readdir(fds)) != NULL)
        found = fstatat(dirfd(fds), entry->d_name, &st, 0) == 0 &&
                st.st_dev == file->st_dev && st.st_ino == file->st_ino;
    if (fds != NULL)
        closedir(fds);
    return found;
}

static bool is_git(pid_t pid)
{
    size_t len;
    char *name = slurp(pid, "comm", &len);
    bool yes = name != NULL && strncmp(name, "git", 3) == 0;
    free(name);
    return yes;
}

/* Is it one of the folders, or below one? */
static bool is_within(const char *path, const char *const *folders)
{
    for (; *folders != NULL; folders++) {
        size_t len = strlen(*folders);
        if (strncmp(path, *folders, len) == 0 &&
            (path[len] == '/' || path[len] == '\0'))
            return true;
    }
    return false;
}

/* What is not there any more works nowhere. */
static bool works_in(pid_t pid, const char *const *folders)
{
    char path[64], cwd[PATH_MAX];
    ssize_t n;
    snprintf(path, sizeof path, "/proc/%d/cwd", (int)pid);
    n = readlink(path, cwd, sizeof cwd - 1);
    if (n < 0)
        return errno == EACCES || errno == EPERM;
    cwd[n] = '\0';
    return is_within(cwd, folders);
}

/* Does one of the texts in /proc/PID/FILE that begin with `prefix` have the
 * name of a folder in it? */
static bool names(pid_t pid, const char *file, const char *prefix,
                  const char *const *folders)
{
    size_t len;
    bool found = false;
    char *text = slurp(pid, file, &len);
    if (text == NULL)
        return false;
    for (char *at = text; at < text + len; at += strlen(at) + 1)
        for (int i = 0; folders[i] != NULL; i++)
            found = found || (strncmp(at, prefix, strlen(prefix)) == 0 &&
                              strstr(at, folders[i]) != NULL);
    free(text);
    return found;
}

static int look(pid_t pid, const void *ud)
{
    const lookout *l = ud;
    if (*l->holder != 0 || pid == getpid())
        return 0;
    if (has_open(pid, &l->lock) ||
        (is_git(pid) &&
         (works_in(pid, l->folders) || names(pid, "cmdline", "", l->folders) ||
          names(pid, "environ", "GIT_", l->folders))))
        *l->holder = pid;
    return 0;
}

pid_t neap_sweep_holder(const char *path, const char *const *folders)
{
    pid_t holder = 0;
    lookout l = {.folders = folders, .holder = &holder};
    if (stat(path, &l.lock) == 0)
        each_process(look, &l);
    return holder;
}

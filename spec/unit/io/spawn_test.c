/* SPDX-License-Identifier: MIT
 *
 * What a program finds when it begins, and what we are told when it cannot:
 * the child shares our memory until then, and must leave no trace in it. */
#include "unit.h"

#include "base/file.h"
#include "io/raw.h"
#include "io/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/neap-spawn-XXXXXX";

static int setup(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL;
}

static int teardown(void **state)
{
    (void)state;
    return neap_file_remove_tree(dir, NULL);
}

/* What came of one start. */
typedef struct outcome {
    int rc;       /* of the start */
    int status;   /* as of waitpid */
    neap_err why; /* `why.code` 0: it became the program */
    char out[4096];
} outcome;

static void read_all(int fd, char *out, size_t size)
{
    size_t len = 0;
    ssize_t n;
    while (len < size - 1 && (n = read(fd, out + len, size - 1 - len)) > 0)
        len += (size_t)n;
    out[len] = '\0';
}

static outcome run(char *const *argv, char *const *env, const char *cwd)
{
    outcome o = {.why = NEAP_ERR_INIT};
    int ends[2], null = open("/dev/null", O_RDWR | O_CLOEXEC), pidfd;
    pid_t pid;
    neap_spawn *s = NULL;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    {
        neap_spawn_options options = {
            argv, env, cwd, {null, ends[1], null}, -1, neap_spawn_signals()};
        o.rc = neap_spawn_start(&s, &pid, &pidfd, &options, &o.why);
    }
    close(ends[1]);
    close(null);
    if (o.rc == 0) {
        struct pollfd ended = {.fd = pidfd, .events = POLLIN};
        read_all(ends[0], o.out, sizeof o.out);
        assert_int_equal(poll(&ended, 1, 10000), 1);
        assert_int_equal(waitpid(pid, &o.status, 0), pid);
        neap_spawn_outcome(s, &o.why);
        neap_spawn_free(s);
        close(pidfd);
    }
    close(ends[0]);
    return o;
}

static outcome sh(const char *line)
{
    char *argv[] = {"sh", "-c", (char *)line, NULL};
    return run(argv, NULL, NULL);
}

static void it_is_the_program(void **state)
{
    char *argv[] = {"sh", "-c",          "echo \"$1 $MARK\"; pwd -P; exit 7",
                    "sh", "an argument", NULL};
    char *env[] = {"PATH=/usr/bin:/bin", "MARK=marked", NULL};
    outcome o = run(argv, env, "/");
    (void)state;
    assert_int_equal(o.rc, 0);
    assert_int_equal(o.why.code, 0);
    assert_string_equal(o.out, "an argument marked\n/\n");
    assert_true(WIFEXITED(o.status) && WEXITSTATUS(o.status) == 7);
}

static void leads_a_session_with_three_descriptors(void **state)
{
    int other = dup(2); /* not close-on-exec */
    outcome o =
        sh("read -r pid name state parent group session rest"
           " </proc/self/stat; [ $group = $session ] && ls /proc/$$/fd");
    (void)state;
    close(other);
    assert_string_equal(o.out, "0\n1\n2\n");
}

/* A handler of ours must not run there, and what we ignore it need not. */
static void every_signal_has_its_default_action(void **state)
{
    sigset_t block, before;
    outcome o;
    (void)state;
    sigemptyset(&block);
    sigaddset(&block, SIGUSR2);
    sigprocmask(SIG_BLOCK, &block, &before);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    o = sh("sed -n '/^Sig[BIC]/p' /proc/self/status");
    signal(SIGUSR1, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    assert_string_equal(o.out, "SigBlk:\t0000000000000000\n"
                               "SigIgn:\t0000000000000000\n"
                               "SigCgt:\t0000000000000000\n");
}

static volatile sig_atomic_t heard;

static void hear(int signal)
{
    (void)signal;
    heard++;
}

/* It ends as it would with nobody's handlers, also when it is no program yet:
 * what our handler writes to is shared until then. */
static void no_handler_of_ours_runs_in_it(void **state)
{
    char *argv[] = {"sleep", "2", NULL};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)state;
    signal(SIGUSR1, hear);
    for (int i = 0; i < 50; i++) {
        neap_spawn_options options = {
            argv, NULL, NULL, {null, null, null}, -1, neap_spawn_signals()};
        neap_err why = NEAP_ERR_INIT;
        neap_spawn *s = NULL;
        int pidfd, status;
        pid_t pid;
        assert_int_equal(neap_spawn_start(&s, &pid, &pidfd, &options, &why), 0);
        kill(pid, SIGUSR1);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        neap_spawn_free(s);
        close(pidfd);
        assert_int_equal(heard, 0);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
    }
    signal(SIGUSR1, SIG_DFL);
    close(null);
}

/* Ctrl-C is for the group of whoever has the terminal, of which a child is for
 * a moment. */
static void what_our_group_is_sent_is_not_for_it(void **state)
{
    int status;
    pid_t pid = fork();
    (void)state;
    if (pid == 0) {
        setpgid(0, 0);
        signal(SIGINT, hear);
        signal(SIGHUP, SIG_IGN);
        for (int i = 0; i < 50; i++) {
            char *argv[] = {"true", NULL};
            neap_spawn_options options = {
                argv, NULL, NULL, {7, 7, 7}, -1, neap_spawn_signals()};
            neap_spawn *s = NULL;
            int pidfd;
            dup2(2, 7);
            if (neap_spawn_start(&s, &pid, &pidfd, &options, NULL) != 0)
                _exit(1);
            kill(0, SIGINT);
            kill(0, SIGHUP);
            if (waitpid(pid, &status, 0) != pid || status != 0)
                _exit(2);
        }
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static outcome start(const char *program, const char *cwd)
{
    char *argv[] = {(char *)program, NULL};
    return run(argv, NULL, cwd);
}

static void says_why_it_is_no_program(void **state)
{
    char text[64], deep[PATH_MAX + 10];
    (void)state;
    snprintf(text, sizeof text, "%s/text", dir);
    close(open(text, O_CREAT | O_WRONLY, 0755));
    memset(deep, 'a', sizeof deep);
    deep[0] = '/';
    deep[sizeof deep - 1] = '\0';
    assert_int_equal(start("no-such-program", NULL).rc, NEAP_ENOENT);
    assert_int_equal(start("", NULL).rc, NEAP_ENOENT);
    assert_int_equal(start("/no/such", NULL).why.code, NEAP_ENOENT);
    assert_int_equal(start("/", NULL).why.code, NEAP_EINVAL);
    assert_int_equal(start("/bin/true", "/no/such").why.code, NEAP_ENOENT);
    assert_int_equal(start(text, NULL).why.code, NEAP_EINVAL);
    assert_true(start(deep, NULL).rc < 0);
}

/* One that may not be run is passed over for one that may, and named alone. */
static void is_searched_as_the_child_sees_it(void **state)
{
    char path[128], file[64];
    char *argv[] = {"true", NULL}, *env[] = {path, NULL};
    (void)state;
    snprintf(file, sizeof file, "%s/true", dir);
    close(open(file, O_CREAT | O_WRONLY, 0644));
    snprintf(path, sizeof path, "PATH=%s:/usr/bin:/bin", dir);
    assert_int_equal(run(argv, env, NULL).why.code, 0);
    snprintf(path, sizeof path, "PATH=%s", dir);
    assert_int_equal(run(argv, env, NULL).rc, NEAP_EINVAL);
    snprintf(path, sizeof path, "PATH=");
    assert_int_equal(run(argv, env, "/bin").why.code, 0);
    assert_int_equal(run(argv, env, "/").rc, NEAP_ENOENT);
}

static void our_errno_stays_ours(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        errno = 1234;
        assert_int_equal(neap_raw(SYS_close, -1, 0, 0, 0), -EBADF);
        assert_int_equal(neap_raw(SYS_getpid, 0, 0, 0, 0), getpid());
#if NEAP_RAW
        assert_int_equal(errno, 1234);
#endif
    }
}

/* All arguments arrive, in their places. */
static void a_raw_call_has_four_arguments(void **state)
{
    char byte = 'x';
    int ends[2];
    (void)state;
    assert_int_equal(neap_raw(SYS_pipe2, (long)ends, O_CLOEXEC, 0, 0), 0);
    assert_int_equal(neap_raw(SYS_write, ends[1], (long)"abc", 3, 0), 3);
    assert_int_equal(neap_raw(SYS_pread64, ends[0], (long)&byte, 1, 1),
                     -ESPIPE);
    assert_int_equal(neap_raw(SYS_read, ends[0], (long)&byte, 1, 0), 1);
    assert_int_equal(byte, 'a');
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_program),
        cmocka_unit_test(leads_a_session_with_three_descriptors),
        cmocka_unit_test(every_signal_has_its_default_action),
        cmocka_unit_test(no_handler_of_ours_runs_in_it),
        cmocka_unit_test(what_our_group_is_sent_is_not_for_it),
        cmocka_unit_test(says_why_it_is_no_program),
        cmocka_unit_test(is_searched_as_the_child_sees_it),
        cmocka_unit_test(our_errno_stays_ours),
        cmocka_unit_test(a_raw_call_has_four_arguments),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

/* SPDX-License-Identifier: MIT
 *
 * Who is alive is what the kernel says: between descriptors, processes, after
 * a kill, and never through a child. */
#include "unit.h"

#include "base/file.h"
#include "io/owner.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/neap-owner-XXXXXX";

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

static void owner_open(neap_owner *owner)
{
    *owner = (neap_owner)NEAP_OWNER_INIT;
    assert_int_equal(neap_owner_open(owner, dir, false, NULL), 0);
}

static void two_in_one_process_see_each_other(void **state)
{
    neap_owner a, b;
    (void)state;
    owner_open(&a);
    owner_open(&b);
    assert_int_equal(neap_owner_hold(&a, 1, NULL), 0);
    assert_int_equal(neap_owner_hold(&b, 2, NULL), 0);
    assert_true(neap_owner_alive(&a, 1) && neap_owner_alive(&a, 2));
    assert_true(neap_owner_alive(&b, 1) && neap_owner_alive(&b, 2));
    assert_false(neap_owner_alive(&a, 3));
    assert_false(neap_owner_alive(&a, 0));
    neap_owner_close(&b);
    assert_false(neap_owner_alive(&a, 2));
    neap_owner_close(&a);
}

static void an_id_is_held_once(void **state)
{
    neap_owner a, b;
    neap_err err;
    (void)state;
    owner_open(&a);
    owner_open(&b);
    assert_int_equal(neap_owner_hold(&a, 7, NULL), 0);
    assert_int_equal(neap_owner_hold(&b, 7, &err), NEAP_EBUSY);
    neap_owner_close(&a);
    assert_int_equal(neap_owner_hold(&b, 7, &err), 0);
    neap_owner_close(&b);
}

/* A process that holds `id` until it is killed. */
static pid_t start_holder(int64_t id)
{
    int ready[2];
    char byte;
    pid_t pid;
    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        neap_owner owner = NEAP_OWNER_INIT;
        if (neap_owner_open(&owner, dir, false, NULL) == 0 &&
            neap_owner_hold(&owner, id, NULL) == 0 &&
            write(ready[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static void kill_9_frees_the_lock(void **state)
{
    neap_owner me;
    pid_t pid = start_holder(9);
    (void)state;
    owner_open(&me);
    assert_true(neap_owner_alive(&me, 9));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_false(neap_owner_alive(&me, 9));
    neap_owner_close(&me);
}

static void a_program_we_started_does_not_keep_us_alive(void **state)
{
    neap_owner me, other;
    int started[2];
    char byte;
    pid_t pid;
    (void)state;
    owner_open(&me);
    owner_open(&other);
    assert_int_equal(neap_owner_hold(&me, 11, NULL), 0);
    assert_int_equal(pipe(started), 0);
    pid = fork();
    if (pid == 0) {
        dup2(started[1], 1);
        execl("/bin/sh", "sh", "-c", "echo x; exec sleep 60", (char *)NULL);
        _exit(1);
    }
    assert_int_equal(read(started[0], &byte, 1), 1);
    assert_true(neap_owner_alive(&other, 11));
    neap_owner_close(&me);
    assert_false(neap_owner_alive(&other, 11));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(started[0]);
    close(started[1]);
    neap_owner_close(&other);
}

static void a_reader_sees_and_touches_nothing(void **state)
{
    neap_owner me, reader = NEAP_OWNER_INIT, none = NEAP_OWNER_INIT;
    (void)state;
    owner_open(&me);
    assert_int_equal(neap_owner_hold(&me, 13, NULL), 0);
    assert_int_equal(neap_owner_open(&reader, dir, true, NULL), 0);
    assert_true(neap_owner_alive(&reader, 13));
    neap_owner_close(&reader);
    assert_int_equal(neap_owner_open(&none, "/nowhere", true, NULL), 0);
    assert_false(neap_owner_alive(&none, 13));
    neap_owner_close(&none);
    neap_owner_close(&me);
}

static void we_know_who_we_are(void **state)
{
    neap_identity self;
    (void)state;
    neap_owner_identify(&self);
    assert_int_equal(self.pid, getpid());
    assert_true(strtoll(self.start_time, NULL, 10) > 0);
    assert_int_equal(strlen(self.boot_id), 36);
    assert_true(strlen(self.host) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_in_one_process_see_each_other),
        cmocka_unit_test(an_id_is_held_once),
        cmocka_unit_test(kill_9_frees_the_lock),
        cmocka_unit_test(a_program_we_started_does_not_keep_us_alive),
        cmocka_unit_test(a_reader_sees_and_touches_nothing),
        cmocka_unit_test(we_know_who_we_are),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

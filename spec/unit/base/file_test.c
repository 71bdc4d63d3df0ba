/* SPDX-License-Identifier: MIT
 *
 * file: whole files, atomically, on disks that misbehave. */
#include "base/file.h"

#include "base/heap_that_fails.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/neap-file-XXXXXX";

static const char *at(const char *name)
{
    static char path[4][256];
    static int next;
    char *out = path[next++ & 3];
    snprintf(out, 256, "%s/%s", dir, name);
    return out;
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL;
}

static int remove_dir(void **state)
{
    (void)state;
    return neap_file_remove_tree(dir, NULL);
}

static void holds(const char *name, const char *expected)
{
    neap_buf buf = NEAP_BUF_INIT;
    neap_err err = NEAP_ERR_INIT;
    if (neap_file_read(&neap_sys_libc, at(name), &buf, &err) != 0)
        fail_msg("%s", err.message);
    assert_string_equal(neap_buf_cstr(&buf), expected);
    neap_buf_deinit(&buf);
}

static size_t entries(void)
{
    neap_buf names = NEAP_BUF_INIT;
    size_t count;
    assert_int_equal(neap_file_list(dir, &names, &count, NULL), 0);
    neap_buf_deinit(&names);
    return count;
}

/* --- a disk that fails at one call, and writes a byte at a time ----------- */

static int calls_left; /* of the counted calls; the one at zero fails */
static int fault;      /* its errno */

static int spend(void)
{
    if (calls_left-- != 0)
        return 0;
    errno = fault;
    return -1;
}

static int faulty_open(const char *path, int flags, mode_t mode)
{
    return spend() != 0 ? -1 : neap_sys_libc.open(path, flags, mode);
}

static ssize_t faulty_write(int fd, const void *bytes, size_t len)
{
    (void)len;
    return spend() != 0 ? -1 : neap_sys_libc.write(fd, bytes, 1);
}

static int faulty_fdatasync(int fd)
{
    return spend() != 0 ? -1 : neap_sys_libc.fdatasync(fd);
}

static int faulty_fsync(int fd)
{
    return spend() != 0 ? -1 : neap_sys_libc.fsync(fd);
}

static int faulty_rename(const char *from, const char *to)
{
    return spend() != 0 ? -1 : neap_sys_libc.rename(from, to);
}

static neap_sys faulty(void)
{
    neap_sys sys = neap_sys_libc;
    sys.open = faulty_open;
    sys.write = faulty_write;
    sys.fdatasync = faulty_fdatasync;
    sys.fsync = faulty_fsync;
    sys.rename = faulty_rename;
    return sys;
}

/* open, 3 writes, fdatasync, rename, open of the directory, its fsync */
static void a_write_that_fails_leaves_the_old_content(void **state)
{
    enum { RENAME = 5, CALLS = 8 };
    neap_sys sys = faulty();
    size_t before;
    (void)state;
    assert_int_equal(
        neap_file_write(&neap_sys_libc, at("kept"), 0666, "old", 3, NULL), 0);
    before = entries();
    for (int n = 0; n < CALLS; n++) {
        neap_err err = NEAP_ERR_INIT;
        calls_left = n;
        fault = ENOSPC;
        assert_int_equal(
            neap_file_write(&sys, at("kept"), 0666, "new", 3, &err),
            NEAP_ENOSPC);
        holds("kept", n <= RENAME ? "old" : "new");
        assert_int_equal(entries(), before);
        neap_file_write(&neap_sys_libc, at("kept"), 0666, "old", 3, NULL);
    }
    calls_left = CALLS;
    assert_int_equal(neap_file_write(&sys, at("kept"), 0666, "new", 3, NULL),
                     0);
    holds("kept", "new");
}

static void an_interrupted_write_goes_on(void **state)
{
    neap_sys sys = faulty();
    (void)state;
    calls_left = 2;
    fault = EINTR;
    assert_int_equal(neap_file_write(&sys, at("eintr"), 0666, "abc", 3, NULL),
                     0);
    holds("eintr", "abc");
}

static void write_keeps_the_mode(void **state)
{
    struct stat st;
    (void)state;
    neap_file_write(&neap_sys_libc, at("tool"), 0666, "a", 1, NULL);
    assert_int_equal(chmod(at("tool"), 0700), 0);
    neap_file_write(&neap_sys_libc, at("tool"), 0666, "b", 1, NULL);
    assert_int_equal(stat(at("tool"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

static void append_adds(void **state)
{
    neap_err err = NEAP_ERR_INIT;
    (void)state;
    neap_file_append(&neap_sys_libc, at("log"), "one ", 4, NULL);
    neap_file_append(&neap_sys_libc, at("log"), "two", 3, NULL);
    holds("log", "one two");
    assert_int_equal(
        neap_file_append(&neap_sys_libc, at("no/log"), "x", 1, &err),
        NEAP_ENOENT);
}

static void read_says_what_is_missing(void **state)
{
    neap_buf buf = NEAP_BUF_INIT;
    neap_err err = NEAP_ERR_INIT;
    (void)state;
    assert_int_equal(
        neap_file_read(&neap_sys_libc, "/no/such/file", &buf, &err),
        NEAP_ENOENT);
    assert_string_equal(err.message,
                        "cannot read /no/such/file: No such file or directory");
    assert_int_equal(neap_file_read(&neap_sys_libc, dir, &buf, &err), NEAP_EIO);
    neap_buf_deinit(&buf);
}

static void read_without_memory(void **state)
{
    heap_that_fails heap;
    neap_buf buf;
    (void)state;
    heap_init(&heap, 0);
    neap_buf_init(&buf, &heap.mem);
    neap_file_write(&neap_sys_libc, at("some"), 0666, "x", 1, NULL);
    assert_int_equal(neap_file_read(&neap_sys_libc, at("some"), &buf, NULL),
                     NEAP_ENOMEM);
    neap_buf_deinit(&buf);
}

static void directories(void **state)
{
    neap_buf names = NEAP_BUF_INIT;
    neap_err err = NEAP_ERR_INIT;
    size_t count;
    (void)state;
    for (int twice = 0; twice < 2; twice++)
        assert_int_equal(neap_file_mkdir_p(&neap_sys_libc, at("d/e//f/"), NULL),
                         0);
    neap_file_write(&neap_sys_libc, at("d/b"), 0666, "", 0, NULL);
    neap_file_write(&neap_sys_libc, at("d/.a"), 0666, "", 0, NULL);
    assert_int_equal(symlink(dir, at("d/link")), 0);
    assert_int_equal(neap_file_list(at("d"), &names, &count, NULL), 0);
    assert_int_equal(count, 4);
    assert_memory_equal(names.bytes, ".a\0b\0e\0link", 12);
    assert_int_equal(neap_file_mkdir_p(&neap_sys_libc, at("d/b"), &err),
                     NEAP_EEXIST);
    assert_int_equal(neap_file_mkdir_p(&neap_sys_libc, at("d/b/c"), &err),
                     NEAP_EEXIST);
    assert_int_equal(neap_file_mkdir_p(&neap_sys_libc, "", &err), NEAP_ENOENT);
    for (int twice = 0; twice < 2; twice++)
        assert_int_equal(neap_file_remove_tree(at("d"), NULL), 0);
    assert_int_equal(neap_file_list(at("d"), &names, &count, &err),
                     NEAP_ENOENT);
    assert_true(entries() > 0); /* the link was not followed */
    neap_buf_deinit(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_that_fails_leaves_the_old_content),
        cmocka_unit_test(an_interrupted_write_goes_on),
        cmocka_unit_test(write_keeps_the_mode),
        cmocka_unit_test(append_adds),
        cmocka_unit_test(read_says_what_is_missing),
        cmocka_unit_test(read_without_memory),
        cmocka_unit_test(directories),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}

/* SPDX-License-Identifier: MIT
 *
 * A blob is what its name says: written whole or not at all, found out when it
 * is another. */
#include "unit.h"

#include "base/file.h"
#include "io/blob.h"
#include "io/hash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/neap-blob-XXXXXX";
static char bytes[200000];
static char hash[NEAP_HASH_HEX];

/* The file of the blob. */
static const char *file(void)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/blobs/%.2s/%s", dir, hash, hash);
    return path;
}

/* New bytes, so that each test has a blob of its own. */
static int setup(void **state)
{
    static unsigned char next;
    unsigned char digest[NEAP_HASH_SIZE];
    (void)state;
    memset(bytes, ++next, sizeof bytes);
    neap_hash_sha256(bytes, sizeof bytes, digest);
    neap_hash_hex(digest, hash);
    return 0;
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) != NULL ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    return neap_file_remove_tree(dir, NULL);
}

static int write_with(const neap_sys *sys, neap_err *err)
{
    return neap_blob_write(sys, dir, hash, bytes, sizeof bytes, err);
}

static void comes_back(void **state)
{
    neap_buf out = NEAP_BUF_INIT;
    (void)state;
    assert_int_equal(write_with(&neap_sys_libc, NULL), 0);
    neap_buf_text(&out, "before");
    assert_int_equal(neap_blob_read(&neap_sys_libc, &out, dir, hash, NULL), 0);
    assert_int_equal(out.len, 6 + sizeof bytes);
    assert_memory_equal(out.bytes + 6, bytes, sizeof bytes);
    neap_buf_deinit(&out);
}

static void is_written_once(void **state)
{
    struct stat first, second;
    (void)state;
    assert_int_equal(write_with(&neap_sys_libc, NULL), 0);
    assert_int_equal(stat(file(), &first), 0);
    assert_int_equal(write_with(&neap_sys_libc, NULL), 0);
    assert_int_equal(stat(file(), &second), 0);
    assert_int_equal(first.st_ino, second.st_ino);
}

static void half_of_one_is_written_again(void **state)
{
    neap_buf out = NEAP_BUF_INIT;
    (void)state;
    assert_int_equal(write_with(&neap_sys_libc, NULL), 0);
    assert_int_equal(truncate(file(), 1000), 0);
    assert_int_equal(write_with(&neap_sys_libc, NULL), 0);
    assert_int_equal(neap_blob_read(&neap_sys_libc, &out, dir, hash, NULL), 0);
    neap_buf_deinit(&out);
}

static void one_that_is_not_there_is_said_so(void **state)
{
    neap_buf out = NEAP_BUF_INIT;
    (void)state;
    assert_int_equal(neap_blob_read(&neap_sys_libc, &out, dir, hash, NULL),
                     NEAP_ENOENT);
    neap_buf_deinit(&out);
}

static void another_is_found_out(void **state)
{
    neap_buf out = NEAP_BUF_INIT;
    neap_err err;
    (void)state;
    assert_int_equal(write_with(&neap_sys_libc, NULL), 0);
    bytes[1000] ^= 1;
    assert_int_equal(neap_file_write(&neap_sys_libc, file(), 0644, bytes,
                                     sizeof bytes, NULL),
                     0);
    assert_int_equal(neap_blob_read(&neap_sys_libc, &out, dir, hash, &err),
                     NEAP_ECORRUPT);
    assert_non_null(strstr(err.message, hash));
    assert_int_equal(out.len, 0);
    assert_false(neap_blob_is(hash, bytes, sizeof bytes));
    neap_buf_deinit(&out);
}

/* --- a disk that fails ---------------------------------------------------- */

static ssize_t full_write(int fd, const void *from, size_t len)
{
    (void)fd, (void)from, (void)len;
    errno = ENOSPC;
    return -1;
}

static int failing_sync(int fd)
{
    (void)fd;
    errno = EIO;
    return -1;
}

static int no_rename(const char *from, const char *to)
{
    (void)from, (void)to;
    errno = EIO;
    return -1;
}

/* It says why, and leaves nothing behind under any name. */
static void refused(const neap_sys *sys, int code)
{
    neap_buf names = NEAP_BUF_INIT;
    char shelf[200];
    size_t count;
    neap_err err;
    assert_int_equal(write_with(sys, &err), code);
    assert_int_equal(access(file(), F_OK), -1);
    snprintf(shelf, sizeof shelf, "%s/blobs/%.2s", dir, hash);
    assert_int_equal(neap_file_list(shelf, &names, &count, NULL), 0);
    for (const char *name = names.bytes; count > 0; count--) {
        assert_int_not_equal(strncmp(name, hash, strlen(hash)), 0);
        name += strlen(name) + 1;
    }
    neap_buf_deinit(&names);
}

static void a_failure_leaves_nothing(void **state)
{
    neap_sys sys = neap_sys_libc;
    (void)state;
    sys.write = full_write;
    refused(&sys, NEAP_ENOSPC);
    sys = neap_sys_libc;
    sys.fdatasync = failing_sync;
    refused(&sys, NEAP_EIO);
    sys = neap_sys_libc;
    sys.rename = no_rename;
    refused(&sys, NEAP_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(comes_back, setup),
        cmocka_unit_test_setup(is_written_once, setup),
        cmocka_unit_test_setup(half_of_one_is_written_again, setup),
        cmocka_unit_test_setup(one_that_is_not_there_is_said_so, setup),
        cmocka_unit_test_setup(another_is_found_out, setup),
        cmocka_unit_test_setup(a_failure_leaves_nothing, setup),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}

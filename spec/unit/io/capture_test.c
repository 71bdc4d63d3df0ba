/* SPDX-License-Identifier: MIT
 *
 * capture: head, tail, lines and spool of one stream. */
#include "io/capture.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void feed(neap_capture *c, const char *text)
{
    assert_int_equal(neap_capture_feed(c, text, strlen(text)), 0);
}

static void keeps(neap_capture *c, const char *head, const char *tail)
{
    char out[64];
    size_t n = neap_capture_tail(c, out);
    assert_int_equal(c->head.len, strlen(head));
    if (c->head.len > 0)
        assert_memory_equal(c->head.bytes, head, c->head.len);
    assert_int_equal(n, strlen(tail));
    assert_memory_equal(out, tail, n);
}

static void head_and_tail_overlap_until_the_head_is_full(void **state)
{
    neap_capture c = {.limit = 6, .tail = 4};
    (void)state;
    keeps(&c, "", "");
    feed(&c, "abc");
    keeps(&c, "abc", "abc");
    feed(&c, "def");
    keeps(&c, "abcdef", "cdef");
    feed(&c, "g");
    keeps(&c, "abcdef", "defg");
    feed(&c, "hijklmnop");
    keeps(&c, "abcdef", "mnop");
    assert_int_equal(c.bytes, 16);
    neap_capture_deinit(&c);
}

static void without_head_or_tail(void **state)
{
    neap_capture only_tail = {.limit = 0, .tail = 4};
    neap_capture only_head = {.limit = 4, .tail = 0};
    (void)state;
    feed(&only_tail, "abcdef");
    keeps(&only_tail, "", "cdef");
    feed(&only_head, "abcdef");
    feed(&only_head, "ghi");
    keeps(&only_head, "abcd", "");
    neap_capture_deinit(&only_tail);
    neap_capture_deinit(&only_head);
}

static char told[64];

static void on_line(void *ud, const char *line, size_t len)
{
    (void)ud;
    strncat(told, line, len);
    strcat(told, "|");
}

static void lines_come_with_the_last_one_unfinished(void **state)
{
    neap_capture c = {.limit = 64, .tail = 4, .on_line = on_line};
    (void)state;
    feed(&c, "one\ntw");
    feed(&c, "o\nthr");
    assert_string_equal(told, "one|two|");
    feed(&c, "ee");
    neap_capture_end(&c);
    assert_string_equal(told, "one|two|three|");
    keeps(&c, "one\ntwo\nthree", "hree");
    neap_capture_deinit(&c);
}

static void the_spool_has_everything_up_to_its_limit(void **state)
{
    char dir[] = "/tmp/neap-capture-XXXXXX", path[64];
    neap_capture c = {.limit = 2, .tail = 2, .spool_limit = 8};
    neap_buf bytes = NEAP_BUF_INIT;
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/out", dir);
    c.spool = strdup(path);
    assert_int_not_equal(access(path, F_OK), 0);
    feed(&c, "hello ");
    assert_int_equal(access(path, F_OK), 0);
    feed(&c, "world");
    neap_capture_end(&c);
    assert_int_equal(neap_file_read(&neap_sys_libc, path, &bytes, NULL), 0);
    assert_string_equal(neap_buf_cstr(&bytes), "hello wo");
    assert_int_equal(c.spool_err.code, 0);
    neap_capture_deinit(&c);
    neap_buf_deinit(&bytes);
    neap_file_remove_tree(dir, NULL);
}

static void a_spool_that_cannot_be_written_says_why(void **state)
{
    neap_capture c = {.limit = 8, .tail = 2, .spool_limit = 8};
    (void)state;
    c.spool = strdup("/no/such/place/out");
    feed(&c, "hello");
    feed(&c, "!");
    assert_int_equal(c.spool_err.code, NEAP_ENOENT);
    keeps(&c, "hello!", "o!");
    neap_capture_end(&c);
    neap_capture_deinit(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_and_tail_overlap_until_the_head_is_full),
        cmocka_unit_test(without_head_or_tail),
        cmocka_unit_test(lines_come_with_the_last_one_unfinished),
        cmocka_unit_test(the_spool_has_everything_up_to_its_limit),
        cmocka_unit_test(a_spool_that_cannot_be_written_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

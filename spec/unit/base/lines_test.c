/* SPDX-License-Identifier: MIT
 *
 * lines: the same lines wherever the chunks are cut. */
#include "base/lines.h"

#include "base/heap_that_fails.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Each line as <text>, a cut one as <text~>. */
static char told[4096];

static void on_line(void *ud, const char *line, size_t len, bool cut)
{
    size_t n = strlen(told);
    assert_ptr_equal(ud, told);
    told[n++] = '<';
    if (len > 0)
        memcpy(told + n, line, len);
    n += len;
    memcpy(told + n, cut ? "~>" : ">", cut ? 3 : 2);
}

/* Feed `text` in chunks of `chunk` bytes. */
static const char *lines_of(const char *text, size_t len, size_t limit,
                            size_t chunk)
{
    neap_lines lines;
    told[0] = '\0';
    neap_lines_init(&lines, limit, on_line, told, NULL);
    for (size_t at = 0; at < len; at += chunk)
        assert_int_equal(neap_lines_feed(&lines, text + at,
                                         chunk < len - at ? chunk : len - at),
                         0);
    neap_lines_end(&lines);
    neap_lines_end(&lines);
    neap_lines_deinit(&lines);
    return told;
}

static void any_chunks_give_the_same_lines(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"\n", "<>"},
        {"a", "<a>"},
        {"a\n", "<a>"},
        {"\n\na\n\n", "<><><a><>"},
        {"one\ntwo\r\nthree", "<one><two\r><three>"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t chunk = 1; chunk <= 20; chunk++)
            assert_string_equal(
                lines_of(cases[i][0], strlen(cases[i][0]), 0, chunk),
                cases[i][1]);
}

static void a_long_line_is_cut_once(void **state)
{
    static const char text[] = "abc\nabcd\nabcdefgh\n\nabcde";
    (void)state;
    for (size_t chunk = 1; chunk <= 30; chunk++)
        assert_string_equal(lines_of(text, strlen(text), 3, chunk),
                            "<abc><abc~><abc~><><abc~>");
}

static void without_memory_a_line_is_cut_and_the_next_one_is_whole(void **state)
{
    heap_that_fails heap;
    neap_lines lines;
    char big[200];
    (void)state;
    memset(big, 'x', sizeof big);
    told[0] = '\0';
    heap_init(&heap, 1);
    neap_lines_init(&lines, 0, on_line, told, &heap.mem);
    assert_int_equal(neap_lines_feed(&lines, "ab", 2), 0);
    assert_int_equal(neap_lines_feed(&lines, big, sizeof big), NEAP_ENOMEM);
    assert_int_equal(neap_lines_feed(&lines, "cd\nef", 5), 0);
    assert_int_equal(neap_lines_feed(&lines, "gh\n", 3), 0);
    assert_string_equal(told, "<ab~><efgh>");
    neap_lines_deinit(&lines);
    assert_int_equal(heap.held, 0);
}

static void a_whole_line_takes_no_memory(void **state)
{
    heap_that_fails heap;
    neap_lines lines;
    (void)state;
    told[0] = '\0';
    heap_init(&heap, 0);
    neap_lines_init(&lines, 0, on_line, told, &heap.mem);
    assert_int_equal(neap_lines_feed(&lines, "one\ntwo\n", 8), 0);
    neap_lines_end(&lines);
    assert_string_equal(told, "<one><two>");
    neap_lines_deinit(&lines);
}

static void the_memory_of_a_long_line_is_given_back(void **state)
{
    heap_that_fails heap;
    neap_lines lines;
    char big[4096 - 3];
    (void)state;
    memset(big, 'x', sizeof big);
    heap_init(&heap, -1);
    neap_lines_init(&lines, 1 << 20, on_line, told, &heap.mem);
    for (int i = 0; i < 20; i++)
        assert_int_equal(neap_lines_feed(&lines, big, sizeof big), 0);
    assert_int_equal(heap.held, 1);
    lines.limit = lines.partial.len = 3;
    told[0] = '\0';
    assert_int_equal(neap_lines_feed(&lines, "\n", 1), 0);
    assert_string_equal(told, "<xxx>");
    assert_int_equal(heap.held, 0);
    neap_lines_deinit(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_chunks_give_the_same_lines),
        cmocka_unit_test(a_long_line_is_cut_once),
        cmocka_unit_test(
            without_memory_a_line_is_cut_and_the_next_one_is_whole),
        cmocka_unit_test(a_whole_line_takes_no_memory),
        cmocka_unit_test(the_memory_of_a_long_line_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * buf: grows, fails softly, starts again. */
#include "base/buf.h"
#include "base/heap_that_fails.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void grows_and_keeps_what_it_has(void **state)
{
    neap_buf buf = NEAP_BUF_INIT;
    (void)state;
    for (int i = 0; i < 10000; i++)
        assert_int_equal(neap_buf_byte(&buf, (char)(i & 0x7f)), 0);
    assert_int_equal(buf.len, 10000);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(buf.bytes[i], i & 0x7f);
    neap_buf_deinit(&buf);
    assert_null(buf.bytes);
}

static void text_printf_and_drop(void **state)
{
    neap_buf buf = NEAP_BUF_INIT;
    (void)state;
    assert_int_equal(neap_buf_text(&buf, "one "), 0);
    assert_int_equal(neap_buf_printf(&buf, "%d %s", 2, "three"), 0);
    assert_string_equal(neap_buf_cstr(&buf), "one 2 three");
    neap_buf_drop(&buf, 4);
    assert_string_equal(neap_buf_cstr(&buf), "2 three");
    neap_buf_drop(&buf, 7);
    assert_string_equal(neap_buf_cstr(&buf), "");
    neap_buf_deinit(&buf);
}

static void no_memory_is_sticky_until_clear(void **state)
{
    heap_that_fails heap;
    neap_buf buf;
    char big[200];
    (void)state;
    memset(big, 'x', sizeof big);
    heap_init(&heap, 1);
    neap_buf_init(&buf, &heap.mem);
    assert_int_equal(neap_buf_text(&buf, "kept"), 0);
    assert_int_equal(neap_buf_append(&buf, big, sizeof big), NEAP_ENOMEM);
    assert_int_equal(buf.len, 4);
    assert_int_equal(neap_buf_byte(&buf, '!'), NEAP_ENOMEM);
    assert_null(neap_buf_cstr(&buf));
    neap_buf_clear(&buf);
    assert_int_equal(neap_buf_byte(&buf, '!'), 0);
    assert_memory_equal(buf.bytes, "!", 1);
    neap_buf_deinit(&buf);
    assert_int_equal(heap.held, 0);
}

static void an_absurd_size_is_no_memory(void **state)
{
    neap_buf buf = NEAP_BUF_INIT;
    (void)state;
    assert_int_equal(neap_buf_reserve(&buf, SIZE_MAX - 8), NEAP_ENOMEM);
    neap_buf_deinit(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_keeps_what_it_has),
        cmocka_unit_test(text_printf_and_drop),
        cmocka_unit_test(no_memory_is_sticky_until_clear),
        cmocka_unit_test(an_absurd_size_is_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

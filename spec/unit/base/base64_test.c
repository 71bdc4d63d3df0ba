/* SPDX-License-Identifier: MIT
 *
 * base64: the vectors of RFC 4648, every length, one form only. */
#include "base/base64.h"
#include "base/heap_that_fails.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void vectors(void **state)
{
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"},
                                           {"\xff\xfe\xfb", "//77"}};
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        neap_buf out = NEAP_BUF_INIT;
        size_t len = strlen(pairs[i][1]);
        neap_base64_encode(&out, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(neap_buf_cstr(&out), pairs[i][1]);
        neap_buf_clear(&out);
        assert_int_equal(neap_base64_decode(&out, pairs[i][1], len), 0);
        assert_string_equal(neap_buf_cstr(&out), pairs[i][0]);
        neap_buf_deinit(&out);
    }
}

static void every_byte_and_length_comes_back(void **state)
{
    unsigned char bytes[256];
    neap_buf text = NEAP_BUF_INIT, back = NEAP_BUF_INIT;
    (void)state;
    for (int i = 0; i < 256; i++)
        bytes[i] = (unsigned char)(i * 37);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        neap_buf_clear(&text);
        neap_buf_clear(&back);
        assert_int_equal(neap_base64_encode(&text, bytes, len), 0);
        assert_int_equal(neap_base64_decode(&back, text.bytes, text.len), 0);
        assert_int_equal(back.len, len);
        if (len > 0)
            assert_memory_equal(back.bytes, bytes, len);
    }
    neap_buf_deinit(&text);
    neap_buf_deinit(&back);
}

static void other_forms_are_refused(void **state)
{
    static const char *const bad[] = {"Zg",       "Zg=",  "Z===",   "====",
                                      "Zh==",     "Zm9=", "Zm9v\n", "Zm9v Zm9",
                                      "Zg==Zg==", "Zm-_", "=Zg="};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        neap_buf out = NEAP_BUF_INIT;
        if (neap_base64_decode(&out, bad[i], strlen(bad[i])) != NEAP_EINVAL)
            fail_msg("%s", bad[i]);
        neap_buf_deinit(&out);
    }
}

static void no_memory(void **state)
{
    heap_that_fails heap;
    neap_buf out;
    (void)state;
    heap_init(&heap, 0);
    neap_buf_init(&out, &heap.mem);
    assert_int_equal(neap_base64_encode(&out, "x", 1), NEAP_ENOMEM);
    neap_buf_clear(&out);
    assert_int_equal(neap_base64_decode(&out, "Zg==", 4), NEAP_ENOMEM);
    neap_buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(every_byte_and_length_comes_back),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

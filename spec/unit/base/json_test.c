/* SPDX-License-Identifier: MIT
 *
 * json: tokens out, tokens in, and where it goes wrong. */
#include "base/heap_that_fails.h"
#include "base/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void puts_string(const char *text, size_t len, const char *expected)
{
    neap_buf out = NEAP_BUF_INIT;
    assert_int_equal(neap_json_put_string(&out, text, len), 0);
    assert_string_equal(neap_buf_cstr(&out), expected);
    neap_buf_deinit(&out);
}

static void strings_escape_only_what_they_must(void **state)
{
    (void)state;
    puts_string("", 0, "\"\"");
    puts_string("a/b", 3, "\"a/b\"");
    puts_string("\"\\\b\f\n\r\t", 7, "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
    puts_string("\0\x1f\x7f", 3, "\"\\u0000\\u001f\x7f\"");
    puts_string("\xc3\xbc\xf0\x9f\x98\x80", 6, "\"\xc3\xbc\xf0\x9f\x98\x80\"");
}

static void what_json_cannot_hold(void **state)
{
    neap_buf out = NEAP_BUF_INIT;
    (void)state;
    assert_int_equal(neap_json_put_string(&out, "a\xff", 2), NEAP_EINVAL);
    assert_int_equal(neap_json_put_number(&out, NAN), NEAP_EINVAL);
    assert_int_equal(neap_json_put_number(&out, -INFINITY), NEAP_EINVAL);
    neap_buf_deinit(&out);
}

static void bytes_are_marked(void **state)
{
    neap_buf out = NEAP_BUF_INIT;
    (void)state;
    assert_int_equal(neap_json_put_bytes(&out, "\0\xff", 2), 0);
    assert_string_equal(neap_buf_cstr(&out), "{\"$bytes\":\"AP8=\"}");
    neap_buf_deinit(&out);
}

/* The tokens of a text as letters; an error ends them with '!'. */
static const char *tokens(const char *text)
{
    static const char letters[] = ".ntfnsk[]{}";
    static char out[512];
    neap_buf scratch = NEAP_BUF_INIT;
    neap_json json;
    size_t n = 0;
    int token;
    neap_json_init(&json, text, strlen(text), &scratch);
    do {
        token = neap_json_next(&json, NULL);
        out[n++] = token < 0 ? '!' : letters[token];
    } while (token > 0);
    out[n] = '\0';
    neap_buf_deinit(&scratch);
    return out;
}

static void the_grammar(void **state)
{
    static const char *const cases[][2] = {
        {" 1 ", "n."},
        {"[]", "[]."},
        {"{}", "{}."},
        {"[1,[2],{\"a\":null}]", "[n[n]{kn}]."},
        {"{ \"a\" : [ true , false ] , \"b\" : \"\" }", "{k[ft]ks}."},
        {"", "!"},
        {"1 2", "n!"},
        {"[1,]", "[n!"},
        {"[,1]", "[!"},
        {"[1 2]", "[n!"},
        {"[1", "[n!"},
        {"{\"a\"}", "{!"},
        {"{\"a\":1,}", "{kn!"},
        {"{a:1}", "{!"},
        {"{\"a\":1]", "{kn!"},
        {"[1}", "[n!"},
        {"tru", "!"},
        {"nul", "!"},
        {"'a'", "!"},
        {"\"a", "!"},
        {"\"\t\"", "!"},
        {"\"\\x\"", "!"},
        {"\"\\", "!"},
        {"\"\xff\"", "!"},
        {"01", "n!"},
        {"-", "!"},
        {"1e999", "!"},
        {"[NaN]", "[!"},
        {"// c\n1", "!"},
        {"\xef\xbb\xbf"
         "1",
         "!"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = tokens(cases[i][0]);
        if (strcmp(got, cases[i][1]) != 0)
            fail_msg("%s: %s, expected %s", cases[i][0], got, cases[i][1]);
    }
}

static void reads_string(const char *text, const char *expected, size_t len)
{
    neap_buf scratch = NEAP_BUF_INIT;
    neap_json json;
    neap_json_init(&json, text, strlen(text), &scratch);
    assert_int_equal(neap_json_next(&json, NULL), NEAP_JSON_STRING);
    assert_int_equal(json.string_len, len);
    assert_memory_equal(json.string, expected, len);
    assert_int_equal(neap_json_next(&json, NULL), NEAP_JSON_END);
    neap_buf_deinit(&scratch);
}

static void strings_come_back(void **state)
{
    static const char *const lone[] = {"\"\\ud800\"",        "\"\\udc00\"",
                                       "\"\\ud800\\u0041\"", "\"\\ud800x\"",
                                       "\"\\u12g4\"",        "\"\\u12\""};
    (void)state;
    reads_string("\"plain\"", "plain", 5);
    reads_string("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "a\"\\/\b\f\n\r\tz", 10);
    reads_string("\"\\u0041\\u00fc\\u20AC\\u0000\"", "A\xc3\xbc\xe2\x82\xac\0",
                 7);
    reads_string("\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80", 4);
    for (size_t i = 0; i < sizeof lone / sizeof *lone; i++)
        assert_string_equal(tokens(lone[i]), "!");
}

static void an_error_says_where_and_is_final(void **state)
{
    neap_buf scratch = NEAP_BUF_INIT;
    neap_err err = NEAP_ERR_INIT;
    neap_json json;
    (void)state;
    neap_json_init(&json, "[1, x]", 6, &scratch);
    neap_json_next(&json, &err);
    neap_json_next(&json, &err);
    assert_int_equal(neap_json_next(&json, &err), NEAP_EINVAL);
    assert_int_equal(json.at, 4);
    assert_string_equal(err.message, "JSON: expected a value at offset 4");
    assert_int_equal(neap_json_next(&json, &err), NEAP_EINVAL);
    neap_json_init(&json, "[1,", 3, &scratch);
    neap_json_next(&json, &err);
    neap_json_next(&json, &err);
    assert_int_equal(neap_json_next(&json, &err), NEAP_EINVAL);
    assert_string_equal(err.message,
                        "JSON: the text ends too early at offset 3");
    neap_buf_deinit(&scratch);
}

static void depth_and_size_are_limited(void **state)
{
    char text[2 * NEAP_JSON_DEEPEST + 2];
    neap_buf scratch = NEAP_BUF_INIT;
    neap_json json;
    (void)state;
    memset(text, '[', sizeof text);
    neap_json_init(&json, text, sizeof text, &scratch);
    for (int i = 0; i < NEAP_JSON_DEEPEST; i++)
        assert_int_equal(neap_json_next(&json, NULL), NEAP_JSON_ARRAY);
    assert_int_equal(neap_json_next(&json, NULL), NEAP_ELIMIT);
    neap_json_init(&json, text, NEAP_JSON_SIZE + 1, &scratch);
    assert_int_equal(neap_json_next(&json, NULL), NEAP_ELIMIT);
    neap_buf_deinit(&scratch);
}

static void no_memory(void **state)
{
    heap_that_fails heap;
    neap_buf buf;
    neap_json json;
    (void)state;
    heap_init(&heap, 0);
    neap_buf_init(&buf, &heap.mem);
    assert_int_equal(neap_json_put_string(&buf, "a", 1), NEAP_ENOMEM);
    assert_int_equal(neap_json_put_number(&buf, 1), NEAP_ENOMEM);
    assert_int_equal(neap_json_put_bytes(&buf, "a", 1), NEAP_ENOMEM);
    neap_json_init(&json, "\"\\n\"", 4, &buf);
    assert_int_equal(neap_json_next(&json, NULL), NEAP_ENOMEM);
    neap_json_init(&json, "\"a\\u00e4\"", 9, &buf);
    assert_int_equal(neap_json_next(&json, NULL), NEAP_ENOMEM);
    neap_buf_deinit(&buf);
    assert_int_equal(heap.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_escape_only_what_they_must),
        cmocka_unit_test(what_json_cannot_hold),
        cmocka_unit_test(bytes_are_marked),
        cmocka_unit_test(the_grammar),
        cmocka_unit_test(strings_come_back),
        cmocka_unit_test(an_error_says_where_and_is_final),
        cmocka_unit_test(depth_and_size_are_limited),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

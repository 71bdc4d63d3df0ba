/* SPDX-License-Identifier: MIT
 *
 * err: codes, names, messages that are always UTF-8. */
#include "base/err.h"

#include "base/utf8.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void names_are_stable(void **state)
{
    (void)state;
    assert_string_equal(neap_code_name(NEAP_OK), "ok");
    assert_string_equal(neap_code_name(NEAP_EGUARD), "guard");
    assert_string_equal(neap_code_name(NEAP_EUNKNOWN), "unknown");
    assert_string_equal(neap_code_name(-1000), "unknown");
    assert_string_equal(neap_code_name(1), "unknown");
}

static void a_system_error_says_what_and_why(void **state)
{
    neap_err err = NEAP_ERR_INIT;
    (void)state;
    assert_int_equal(neap_err_sys(&err, ENOENT, "cannot open %s", "x"),
                     NEAP_ENOENT);
    assert_int_equal(err.code, NEAP_ENOENT);
    assert_int_equal(err.sys, ENOENT);
    assert_string_equal(err.message,
                        "cannot open x: No such file or directory");
    assert_int_equal(neap_err_sys(NULL, ENOSPC, "full"), NEAP_ENOSPC);
    assert_int_equal(neap_err_sys(NULL, EMFILE, "many"), NEAP_ELIMIT);
}

static void messages_are_utf8_wherever_they_are_cut(void **state)
{
    neap_err err = NEAP_ERR_INIT;
    char text[400];
    (void)state;
    for (size_t at = 0; at < sizeof text - 1; at++)
        text[at] = "\xc3\xbc"[at % 2];
    text[sizeof text - 1] = '\0';
    neap_err_set(&err, NEAP_EINVAL, "%s", text);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_int_equal(neap_utf8_valid(err.message, sizeof err.message - 1),
                     sizeof err.message - 1);
    neap_err_sys(&err, EIO, "file \xff");
    assert_string_equal(err.message, "file ?: Input/output error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_stable),
        cmocka_unit_test(a_system_error_says_what_and_why),
        cmocka_unit_test(messages_are_utf8_wherever_they_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "io/git.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A unit is a program in a folder without the module. */
static void a_missing_module_says_where_it_was_looked_for(void **state)
{
    neap_err err = NEAP_ERR_INIT;
    neap_git_answer answer = NEAP_GIT_ANSWER_INIT;
    neap_git_ask ask = {.path = "."};
    neap_git *git = NULL;
    (void)state;
    assert_int_equal(neap_git_new(&git, &err), 0);
    for (int again = 0; again < 2; again++) {
        memset(&err, 0, sizeof err);
        assert_int_equal(neap_git_run(git, NEAP_GIT_OPEN, &ask, &answer, &err),
                         NEAP_ENOENT);
        assert_int_equal(err.code, NEAP_ENOENT);
        assert_non_null(strstr(err.message, "git support is not installed"));
        assert_non_null(strstr(err.message, "neap_git.so"));
        assert_non_null(strstr(err.message, "../lib/neap/"));
    }
    neap_git_answer_deinit(&answer);
    neap_git_free(git);
}

static void an_answer_keeps_its_fields_in_order(void **state)
{
    neap_git_answer answer = NEAP_GIT_ANSWER_INIT;
    (void)state;
    neap_git_text(&answer, "absent", NULL);
    neap_git_flag(&answer, "clean", true);
    neap_git_list(&answer, "files");
    for (int i = 0; i < 1000; i++)
        neap_git_text(&answer, NULL, "a path");
    neap_git_end(&answer);
    neap_git_bytes(&answer, "patch", "a\0b", 3);
    assert_false(answer.failed);
    assert_int_equal(answer.count, 1004);
    assert_string_equal(answer.fields[0].key, "clean");
    assert_int_equal(answer.fields[1].kind, NEAP_GIT_LIST);
    assert_string_equal(neap_git_field_text(&answer, &answer.fields[1001]),
                        "a path");
    assert_int_equal(answer.fields[1002].kind, NEAP_GIT_END);
    assert_int_equal(answer.fields[1003].size, 3);
    assert_memory_equal(neap_git_field_text(&answer, &answer.fields[1003]),
                        "a\0b", 4);
    neap_git_answer_deinit(&answer);
    assert_int_equal(answer.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_module_says_where_it_was_looked_for),
        cmocka_unit_test(an_answer_keeps_its_fields_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * sql: which of our codes a failure of SQLite is. */
#include "unit.h"

#include "io/sql.h"

#include <sys/resource.h>
#include <unistd.h>

/* The code of not being able to open `path`. */
static int code_of_opening(const char *path)
{
    neap_err err = NEAP_ERR_INIT;
    sqlite3 *db;
    int status = sqlite3_open_v2(
        path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    assert_int_equal(status, SQLITE_CANTOPEN);
    neap_sql_err(&err, db, status, "opening");
    sqlite3_close(db);
    return err.code;
}

static void a_disk_says_why_where_it_is_the_one_who_knows(void **state)
{
    struct rlimit all, none;
    int code, lowest = dup(0);
    (void)state;
    close(lowest);
    getrlimit(RLIMIT_NOFILE, &all);
    none = all;
    none.rlim_cur = (rlim_t)lowest;
    setrlimit(RLIMIT_NOFILE, &none);
    code = code_of_opening("/tmp/neap-sql-test.db");
    setrlimit(RLIMIT_NOFILE, &all);
    assert_int_equal(code, NEAP_ELIMIT);
}

/* SQLite looks for files that need not be there: "not found" means nothing,
 * and above it means that there is no store. */
static void a_file_that_is_missing_is_no_missing_store(void **state)
{
    (void)state;
    assert_int_equal(code_of_opening("/no/such/directory/neap.db"), NEAP_EIO);
}

static void what_is_no_matter_of_files_has_a_code_of_its_own(void **state)
{
    static const int codes[][2] = {
        {SQLITE_NOMEM, NEAP_ENOMEM},    {SQLITE_BUSY, NEAP_EBUSY},
        {SQLITE_FULL, NEAP_ENOSPC},     {SQLITE_READONLY, NEAP_EREADONLY},
        {SQLITE_NOTADB, NEAP_ECORRUPT}, {SQLITE_CONSTRAINT, NEAP_ECONFLICT},
        {SQLITE_ERROR, NEAP_EINVAL},    {SQLITE_MISUSE, NEAP_EUNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        assert_int_equal(neap_sql_err(NULL, NULL, codes[i][0], "x"),
                         codes[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disk_says_why_where_it_is_the_one_who_knows),
        cmocka_unit_test(a_file_that_is_missing_is_no_missing_store),
        cmocka_unit_test(what_is_no_matter_of_files_has_a_code_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

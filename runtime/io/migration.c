/* SPDX-License-Identifier: MIT
 *
 * migration: see migration.h. */
#include "io/migration.h"

#include "io/sql.h"

#include <stdio.h>

static const char *const migrations[] = {
    /* 1: the core */
    "CREATE TABLE meta("
    "  key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;"

    "CREATE TABLE event("
    "  seq INTEGER PRIMARY KEY, run TEXT NOT NULL, n INTEGER NOT NULL,"
    "  type TEXT NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL,"
    "  step TEXT, attempt INTEGER, fence INTEGER, actor TEXT, cause INTEGER,"
    "  command TEXT, data TEXT NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX event_run_n ON event(run, n);"
    "CREATE UNIQUE INDEX event_run_command ON event(run, command)"
    "  WHERE command IS NOT NULL;"

    /* AUTOINCREMENT: an id once given never means somebody else. */
    "CREATE TABLE owner("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, pid INTEGER NOT NULL,"
    "  start_time TEXT NOT NULL, boot_id TEXT NOT NULL, host TEXT NOT NULL,"
    "  at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE lease("
    "  run TEXT PRIMARY KEY, owner INTEGER NOT NULL,"
    "  fence INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX lease_owner ON lease(owner);"
    "CREATE TABLE inbox("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL,"
    "  command TEXT NOT NULL UNIQUE, name TEXT NOT NULL, payload TEXT,"
    "  at INTEGER NOT NULL, actor TEXT) STRICT;"
    "CREATE INDEX inbox_run ON inbox(run);"

    "CREATE TABLE blob("
    "  hash TEXT PRIMARY KEY, size INTEGER NOT NULL, bytes BLOB) STRICT;",

    /* 2: the last event of all, its only row changed with each group */
    "CREATE TABLE tip("
    "  id INTEGER PRIMARY KEY CHECK(id=1), seq INTEGER NOT NULL,"
    "  hash BLOB) STRICT;"
    "INSERT INTO tip SELECT 1,coalesce(max(seq),0),hash FROM event;",
};

int neap_migration_newest(void)
{
    return (int)(sizeof migrations / sizeof *migrations);
}

static int not_ours(neap_err *err)
{
    return neap_err_set(err, NEAP_ECORRUPT,
                        "the database belongs to another program");
}

int neap_migration_check(int64_t application, int64_t version, neap_err *err)
{
    if (application == 0 && version == 0)
        return 0;
    if (application != NEAP_MIGRATION_APPLICATION)
        return not_ours(err);
    if (version > neap_migration_newest())
        return neap_err_set(err, NEAP_EVERSION,
                            "a newer neap made it (format %d, this one knows "
                            "%d)",
                            (int)version, neap_migration_newest());
    return 0;
}

/* Number `number` in one transaction; somebody else may have been faster. */
static int step(sqlite3 *db, int number, neap_err *err)
{
    char mark[80];
    int64_t version;
    int rc = neap_sql_exec(db, "BEGIN IMMEDIATE", err);
    if (rc < 0)
        return rc;
    rc = neap_sql_integer(&version, db, "PRAGMA user_version", err);
    if (rc == 0 && version < number) {
        snprintf(mark, sizeof mark,
                 "PRAGMA application_id=%d; PRAGMA user_version=%d",
                 NEAP_MIGRATION_APPLICATION, number);
        rc = neap_sql_exec(db, migrations[number - 1], err);
        if (rc == 0)
            rc = neap_sql_exec(db, mark, err);
    }
    if (rc == 0)
        rc = neap_sql_exec(db, "COMMIT", err);
    if (rc < 0 && !sqlite3_get_autocommit(db))
        neap_sql_exec(db, "ROLLBACK", NULL);
    return rc;
}

/* Whose it is and how old, at one instant: another process may be making it. */
static int look(int64_t *version, sqlite3 *db, neap_err *err)
{
    int64_t application, tables;
    int rc = neap_sql_exec(db, "BEGIN", err);
    if (rc < 0)
        return rc;
    rc = neap_sql_integer(&application, db, "PRAGMA application_id", err);
    if (rc == 0)
        rc = neap_sql_integer(version, db, "PRAGMA user_version", err);
    if (rc == 0)
        rc = neap_sql_integer(&tables, db, "SELECT count(*) FROM sqlite_schema",
                              err);
    neap_sql_exec(db, "ROLLBACK", NULL); /* it only read */
    if (rc == 0)
        rc = neap_migration_check(application, *version, err);
    if (rc == 0 && application == 0 && tables > 0)
        rc = not_ours(err); /* tables, and no mark of ours */
    return rc;
}

int neap_migration_run(sqlite3 *db, neap_err *err)
{
    int64_t version;
    int rc = look(&version, db, err);
    if (rc < 0)
        return rc;
    for (int next = (int)version + 1;
         rc == 0 && next <= neap_migration_newest(); next++)
        rc = step(db, next, err);
    return rc;
}

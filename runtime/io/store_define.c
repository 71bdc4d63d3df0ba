/* SPDX-License-Identifier: MIT
 *
 * store_define: the tables others brought: made, made again from the events
 * when what defines them has changed, and compared with what the events make.
 * See store_sqlite.h.
 *
 * A definition is known by its version and by a fingerprint of its text. An
 * older store, or the same version with another text, has its projections
 * dropped, made and filled again; coordination tables stay (their schema says
 * CREATE TABLE IF NOT EXISTS). */
#include "io/sql.h"
#include "io/store_sqlite.h"

#include <stdio.h>
#include <stdlib.h>

static void add(neap_hash *hash, const char *text)
{
    neap_hash_update(hash, text, strlen(text) + 1);
}

static void fingerprint(char out[NEAP_HASH_HEX], const neap_definition *d,
                        const neap_registry *registry)
{
    unsigned char digest[NEAP_HASH_SIZE];
    neap_hash hash;
    neap_hash_init(&hash);
    add(&hash, d->schema);
    for (const char *const *t = d->tables; t != NULL && *t != NULL; t++)
        add(&hash, *t);
    neap_registry_digest(registry, &hash);
    neap_hash_final(&hash, digest);
    neap_hash_hex(digest, out);
}

/* What the store says it was made by. */
typedef struct state {
    int64_t version;
    char *print;  /* owned; NULL: never defined */
    char *tables; /* owned; names, each ended by a newline */
} state;

static void state_deinit(state *st)
{
    free(st->print);
    free(st->tables);
}

static int state_read(state *st, sqlite3 *db, neap_err *err)
{
    int rc = neap_sql_integer(
        &st->version, db, "SELECT value FROM meta WHERE key='schema_version'",
        err);
    if (rc == 0)
        rc = neap_sql_get_meta(&st->print, db, "schema_print", err);
    if (rc == 0)
        rc = neap_sql_get_meta(&st->tables, db, "schema_tables", err);
    return rc;
}

static int state_write(sqlite3 *db, const neap_definition *d, const char *print,
                       neap_err *err)
{
    sqlite3_str *tables = sqlite3_str_new(db);
    const char *list; /* NULL: none */
    int rc;
    for (const char *const *t = d->tables; t != NULL && *t != NULL; t++)
        sqlite3_str_appendf(tables, "%s\n", *t);
    list = sqlite3_str_value(tables);
    rc = neap_sql_set_meta(db, "schema_version", neap_value_integer(d->version),
                           err);
    if (rc == 0)
        rc = neap_sql_set_meta(db, "schema_print", neap_value_string(print),
                               err);
    if (rc == 0 && sqlite3_str_errcode(tables) == SQLITE_OK)
        rc = neap_sql_set_meta(
            db, "schema_tables",
            list != NULL ? neap_value_string(list) : neap_value_null(), err);
    sqlite3_free(sqlite3_str_finish(tables));
    return rc;
}

typedef int table_fn(sqlite3 *db, const char *name, neap_err *err);

/* Call `fn` for each of the tables. */
static int for_tables(sqlite3 *db, const char *tables, table_fn *fn,
                      neap_err *err)
{
    int rc = 0;
    while (rc == 0 && tables != NULL && *tables != '\0') {
        int len = (int)strcspn(tables, "\n");
        char *name = sqlite3_mprintf("%.*s", len, tables);
        rc = name != NULL ? fn(db, name, err)
                          : neap_err_set(err, NEAP_ENOMEM, "out of memory");
        sqlite3_free(name);
        tables += len + (tables[len] == '\n');
    }
    return rc;
}

/* Run `format`, in which each %w is the table's name. */
static int exec(sqlite3 *db, const char *format, const char *name,
                neap_err *err)
{
    char *sql = sqlite3_mprintf(format, name);
    int rc = sql != NULL ? neap_sql_exec(db, sql, err)
                         : neap_err_set(err, NEAP_ENOMEM, "out of memory");
    sqlite3_free(sql);
    return rc;
}

static int drop(sqlite3 *db, const char *name, neap_err *err)
{
    return exec(db, "DROP TABLE IF EXISTS \"%w\"", name, err);
}

static int empty(sqlite3 *db, const char *name, neap_err *err)
{
    return exec(db, "DELETE FROM \"%w\"", name, err);
}

/* Play every event into the projections. */
static int replay(sqlite3 *db, neap_registry *registry, neap_err *err)
{
    neap_event event = {0};
    sqlite3_stmt *stmt = NULL;
    int status, rc = neap_sql_prepare(&stmt, db,
                                      "SELECT " NEAP_EVENT_COLUMNS
                                      " FROM event ORDER BY seq",
                                      err);
    while (rc == 0 && (status = sqlite3_step(stmt)) != SQLITE_DONE) {
        if (status != SQLITE_ROW) {
            rc = neap_sql_err(err, db, status, "reading events");
            break;
        }
        for (int i = 0; i < NEAP_EVENT_FIELDS; i++)
            event.field[i] = neap_sql_column(stmt, i);
        event.projection = neap_registry_projection(
            registry, event.field[NEAP_EVENT_TYPE].bytes);
        rc = neap_registry_project(registry, &event, err);
    }
    sqlite3_finalize(stmt);
    return rc;
}

/* A write transaction in which keys are checked at its end. */
static int begin(neap_sqlite *s, bool awaited, neap_err *err)
{
    int rc = neap_sqlite__begin(s, awaited, err);
    return rc < 0 ? rc
                  : neap_sql_exec(s->db, "PRAGMA defer_foreign_keys=ON", err);
}

/* Make the derived tables anew, inside a transaction. */
static int make(neap_sqlite *s, const neap_definition *d, const state *old,
                const char *print, neap_registry *registry, neap_err *err)
{
    int rc = for_tables(s->db, old->tables, drop, err);
    if (rc == 0)
        rc = neap_sql_exec(s->db, d->schema, err);
    if (rc == 0)
        rc = state_write(s->db, d, print, err);
    if (rc == 0)
        rc = neap_registry_prepare(registry, s->db, err);
    if (rc == 0)
        rc = neap_registry_check(registry, err);
    if (rc == 0 && old->print != NULL)
        rc = replay(s->db, registry, err);
    return rc;
}

static int check(const neap_definition *d, const state *st, neap_err *err)
{
    if (st->version <= d->version)
        return 0;
    return neap_err_set(err, NEAP_EVERSION,
                        "opening store: a newer neap made its tables (%lld, "
                        "this one knows %d)",
                        (long long)st->version, d->version);
}

static bool is_current(const neap_definition *d, const state *st,
                       const char *print)
{
    return st->version == d->version && st->print != NULL &&
           strcmp(st->print, print) == 0;
}

static int renew(neap_sqlite *s, const neap_definition *d, const char *print,
                 neap_registry *registry, neap_err *err)
{
    state now = {0};
    int rc = begin(s, false, err);
    if (rc == 0)
        rc = state_read(&now, s->db, err); /* again: now nobody else writes */
    if (rc == 0)
        rc = check(d, &now, err);
    if (rc == 0 && is_current(d, &now, print))
        rc = neap_registry_prepare(registry, s->db, err);
    else if (rc == 0)
        rc = make(s, d, &now, print, registry, err);
    state_deinit(&now);
    rc = neap_sqlite__end(s, rc, err);
    if (rc < 0)
        neap_registry_release(registry);
    return rc;
}

int neap_sqlite_define(neap_sqlite *s, const neap_definition *d,
                       neap_registry *registry, neap_err *err)
{
    char print[NEAP_HASH_HEX];
    state now = {0};
    int rc = state_read(&now, s->db, err);
    fingerprint(print, d, registry);
    if (rc == 0)
        rc = check(d, &now, err);
    if (rc == 0 && s->read_only && !is_current(d, &now, print))
        rc = neap_err_set(err, NEAP_EVERSION,
                          "opening store: an older neap made its tables; open "
                          "it once for writing");
    else if (rc == 0 && !s->read_only)
        rc = is_current(d, &now, print)
                 ? neap_registry_prepare(registry, s->db, err)
                 : renew(s, d, print, registry, err);
    state_deinit(&now);
    if (rc == 0)
        s->registry = registry;
    return rc;
}

int neap_sqlite_rebuild(neap_sqlite *s, neap_err *err)
{
    state now = {0};
    int rc = begin(s, true, err);
    if (rc == 0)
        rc = state_read(&now, s->db, err);
    if (rc == 0)
        rc = for_tables(s->db, now.tables, empty, err);
    if (rc == 0)
        rc = replay(s->db, s->registry, err);
    state_deinit(&now);
    return neap_sqlite__end(s, rc, err);
}

/* --- are they what the events make? --------------------------------------- */

/* An empty table of that name in `temp`, where names are looked up first. */
static int shadow(sqlite3 *db, const char *name, neap_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = neap_sql_prepare(&stmt, db,
                              "SELECT 'CREATE TEMP ' || substr(sql, 8) FROM "
                              "main.sqlite_schema WHERE type='table' AND "
                              "name=?",
                              err);
    neap_value value = neap_value_string(name);
    if (rc == 0)
        rc = neap_sql_bind(stmt, 1, &value) == SQLITE_OK &&
                     sqlite3_step(stmt) == SQLITE_ROW
                 ? neap_sql_exec(db, (const char *)sqlite3_column_text(stmt, 0),
                                 err)
                 : neap_err_set(err, NEAP_ECORRUPT,
                                "verifying: there is no table %s", name);
    sqlite3_finalize(stmt);
    return rc;
}

static int compare(sqlite3 *db, const char *name, neap_err *err)
{
    static const char format[] =
        "SELECT EXISTS(SELECT * FROM main.\"%w\" EXCEPT "
        "SELECT * FROM temp.\"%w\") OR EXISTS(SELECT * FROM temp.\"%w\" "
        "EXCEPT SELECT * FROM main.\"%w\")";
    char *sql = sqlite3_mprintf(format, name, name, name, name);
    int64_t differs = 0;
    int rc = sql != NULL ? neap_sql_integer(&differs, db, sql, err)
                         : neap_err_set(err, NEAP_ENOMEM, "out of memory");
    sqlite3_free(sql);
    if (rc == 0 && differs)
        rc = neap_err_set(err, NEAP_ECORRUPT,
                          "the table \"%s\" is not what the events make of it "
                          "(neap rebuild derives it again)",
                          name);
    return rc;
}

/* Play the events into shadows of the tables, in a transaction that is taken
 * back; nothing in the file is changed. */
int neap_sqlite_compare(neap_sqlite *s, neap_err *err)
{
    state now = {0};
    int rc = neap_sql_exec(s->db, "PRAGMA temp_store=FILE; BEGIN", err);
    neap_registry_release(s->registry);
    if (rc == 0)
        rc = state_read(&now, s->db, err);
    if (rc == 0)
        rc = for_tables(s->db, now.tables, shadow, err);
    if (rc == 0)
        rc = neap_registry_prepare(s->registry, s->db, err);
    if (rc == 0)
        rc = replay(s->db, s->registry, err);
    if (rc == 0)
        rc = for_tables(s->db, now.tables, compare, err);
    state_deinit(&now);
    neap_registry_release(s->registry);
    neap_sql_exec(s->db, "ROLLBACK; PRAGMA temp_store=MEMORY", NULL);
    if (!s->read_only) {
        int again =
            neap_registry_prepare(s->registry, s->db, rc == 0 ? err : NULL);
        rc = rc == 0 ? again : rc;
    }
    return rc;
}

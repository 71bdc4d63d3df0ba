/* SPDX-License-Identifier: MIT
 *
 * store_sqlite: see store_sqlite.h. */
#include "io/store_sqlite.h"

#include "io/database.h"
#include "io/sql.h"

#include <stdlib.h>

static const char *const statements[NEAP_SQLITE_STATEMENTS] = {
    [NEAP_SQLITE_BEGIN] = "BEGIN IMMEDIATE",
    [NEAP_SQLITE_COMMIT] = "COMMIT",
    [NEAP_SQLITE_ROLLBACK] = "ROLLBACK",
    [NEAP_SQLITE_SAVEPOINT] = "SAVEPOINT item",
    [NEAP_SQLITE_RELEASE] = "RELEASE item",
    [NEAP_SQLITE_UNDO] = "ROLLBACK TO item",
    [NEAP_SQLITE_DATA_VERSION] = "PRAGMA data_version",
    [NEAP_SQLITE_LAST_SEQ] = "SELECT seq FROM tip",
    [NEAP_SQLITE_TIP] = "UPDATE tip SET seq=?,hash=?",
    [NEAP_SQLITE_HEAD] =
        "SELECT n,hash FROM event WHERE run=? ORDER BY n DESC LIMIT 1",
    [NEAP_SQLITE_EVENT] = "INSERT INTO event(" NEAP_EVENT_COLUMNS ",hash) "
                          "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [NEAP_SQLITE_COMMAND] = "SELECT seq FROM event WHERE run=?1 AND command=?2 "
                            "AND (?3=0 OR seq<?3)",
    [NEAP_SQLITE_WITNESS] =
        "INSERT OR REPLACE INTO meta(key,value) VALUES('witness',?)",
    [NEAP_SQLITE_LANDED] =
        "SELECT 1 FROM event WHERE seq=?1 AND hash=?2 UNION ALL "
        "SELECT 1 FROM meta WHERE key='witness' AND value=?2",
    [NEAP_SQLITE_FENCE] =
        "SELECT 1 FROM lease WHERE run=? AND owner=? AND fence=?",
    [NEAP_SQLITE_BLOB] =
        "INSERT OR IGNORE INTO blob(hash,size,bytes) VALUES(?,?,?)",
};

int neap_sqlite__run(neap_sqlite *s, neap_sqlite_stmt which, neap_err *err)
{
    int status = sqlite3_step(s->stmt[which]);
    sqlite3_reset(s->stmt[which]);
    return status == SQLITE_DONE
               ? 0
               : neap_sql_err(err, s->db, status, "%s", statements[which]);
}

static void disconnect(neap_sqlite *s)
{
    for (int i = 0; i < NEAP_SQLITE_STATEMENTS; i++) {
        sqlite3_finalize(s->stmt[i]);
        s->stmt[i] = NULL;
    }
    if (s->registry != NULL)
        neap_registry_release(s->registry);
    neap_database_close(s->db);
    s->db = NULL;
}

static int on_commit(void *ud, sqlite3 *db, const char *name, int pages)
{
    neap_sqlite *s = ud;
    (void)db, (void)name;
    s->wal_pages = pages;
    return SQLITE_OK;
}

static int connect(neap_sqlite *s, neap_err *err)
{
    int rc = neap_database_open(&s->db, s->dir, s->read_only, s->busy_ms, err);
    if (rc == 0)
        sqlite3_wal_hook(s->db, on_commit, s);
    for (int i = 0; rc == 0 && !s->read_only && i < NEAP_SQLITE_STATEMENTS; i++)
        rc = neap_sql_prepare(&s->stmt[i], s->db, statements[i], err);
    if (rc == 0 && s->registry != NULL)
        rc = neap_registry_prepare(s->registry, s->db, err);
    if (rc < 0)
        disconnect(s);
    return rc;
}

int neap_sqlite_open(neap_sqlite *s, const char *dir, bool read_only,
                     int busy_ms, neap_err *err)
{
    int rc;
    *s = (neap_sqlite){.dir = dir,
                       .read_only = read_only,
                       .busy_ms = busy_ms,
                       .data_version = -1,
                       .fault = {.after = -1}};
    if (neap_heads_init(&s->heads) < 0)
        return neap_err_set(err, NEAP_ENOMEM, "opening store: out of memory");
    rc = connect(s, err);
    if (rc < 0)
        neap_sqlite_close(s);
    return rc;
}

void neap_sqlite_close(neap_sqlite *s)
{
    disconnect(s);
    neap_registry_free(s->registry);
    s->registry = NULL;
    neap_heads_deinit(&s->heads);
}

int neap_sqlite__reopen(neap_sqlite *s, neap_err *err)
{
    disconnect(s);
    return connect(s, err);
}

int neap_sqlite__begin(neap_sqlite *s, bool awaited, neap_err *err)
{
    int rc = neap_database_wait(s->db, awaited, err);
    return rc < 0 ? rc : neap_sqlite__run(s, NEAP_SQLITE_BEGIN, err);
}

int neap_sqlite__end(neap_sqlite *s, int rc, neap_err *err)
{
    if (rc == 0)
        rc = neap_sqlite__run(s, NEAP_SQLITE_COMMIT, err);
    if (rc < 0 && !sqlite3_get_autocommit(s->db))
        neap_sqlite__run(s, NEAP_SQLITE_ROLLBACK, NULL);
    if (rc < 0)
        neap_database_wait(s->db, true, NULL);
    return rc < 0 ? rc : neap_database_wait(s->db, true, err);
}

static int insert_owner(neap_sqlite *s, int64_t at, neap_err *err)
{
    neap_identity self;
    sqlite3_stmt *stmt = NULL;
    int status, rc;
    neap_owner_identify(&self);
    rc = neap_sql_prepare(&stmt, s->db,
                          "INSERT INTO owner(pid,start_time,boot_id,host,at) "
                          "VALUES(?,?,?,?,?)",
                          err);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(stmt, 1, self.pid);
    sqlite3_bind_text(stmt, 2, self.start_time, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 3, self.boot_id, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 4, self.host, -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 5, at);
    status = sqlite3_step(stmt);
    if (status != SQLITE_DONE)
        rc = neap_sql_err(err, s->db, status, "entering an owner");
    sqlite3_finalize(stmt);
    return rc;
}

/* The lock is held before anybody can see the row, so a row without a lock is
 * always a dead owner. The row is on the disk with the first commit of its
 * owner; before that nothing refers to it. */
int neap_sqlite_own(neap_sqlite *s, neap_owner *owner, int64_t at,
                    neap_err *err)
{
    int64_t id = 0;
    int rc = neap_sqlite__begin(s, false, err);
    if (rc == 0)
        rc = insert_owner(s, at, err);
    if (rc == 0) {
        id = sqlite3_last_insert_rowid(s->db);
        rc = s->dir != NULL ? neap_owner_hold(owner, id, err) : 0;
    }
    rc = neap_sqlite__end(s, rc, err);
    if (rc == 0)
        s->owner = owner->id = id;
    return rc;
}

/* 4 MB: a WAL that is written over again takes half the time of one that
 * grows. */
enum { WAL_PAGES = 1000 };

/* One that cannot be made is tried again after the next commit. */
void neap_sqlite_checkpoint(neap_sqlite *s)
{
    if (s->db != NULL && s->wal_pages >= WAL_PAGES)
        sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL,
                                  NULL);
}

int neap_sqlite_backup(neap_sqlite *s, const char *path, neap_err *err)
{
    sqlite3 *copy = NULL;
    sqlite3_backup *backup = NULL;
    int rc = 0, status = sqlite3_open(path, &copy);
    if (status == SQLITE_OK)
        backup = sqlite3_backup_init(copy, "main", s->db, "main");
    if (backup != NULL)
        sqlite3_backup_step(backup, -1);
    status =
        backup != NULL ? sqlite3_backup_finish(backup) : sqlite3_errcode(copy);
    if (status != SQLITE_OK)
        rc = neap_sql_err(err, copy, status, "copying the store to %s", path);
    sqlite3_close(copy);
    return rc;
}

/* SPDX-License-Identifier: MIT
 *
 * database: see database.h. */
#include "io/database.h"

#include "base/file.h"
#include "io/migration.h"
#include "io/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Offsets in the header of a SQLite file. */
enum { HEADER = 100, USER_VERSION = 60, APPLICATION_ID = 68 };

static int join(char out[PATH_MAX], const char *dir, const char *name,
                neap_err *err)
{
    if (snprintf(out, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX)
        return neap_err_sys(err, ENAMETOOLONG, "opening store %s", dir);
    return 0;
}

/* Say in the message of a failure which file it is about. */
static int opening(const char *path, int rc, neap_err *err)
{
    neap_err why;
    if (rc < 0 && err != NULL) {
        why = *err;
        neap_err_set(err, why.code, "opening %s: %s", path, why.message);
        err->sys = why.sys;
    }
    return rc;
}

/* What is in spool/ is of this boot only: its entry need not be on the disk. */
int neap_database_make(const char *dir, neap_err *err)
{
    char spool[PATH_MAX];
    int rc = join(spool, dir, "spool", err);
    if (rc == 0)
        rc = neap_file_mkdir_p(&neap_sys_libc, dir, err);
    if (rc == 0 && mkdir(spool, 0777) != 0 && errno != EEXIST)
        rc = neap_err_sys(err, errno, "cannot make directory %s", spool);
    if (rc == 0 && access(dir, W_OK) != 0)
        rc = neap_err_sys(err, errno, "cannot write in %s", dir);
    return rc;
}

static int64_t big_endian(const unsigned char *at)
{
    return (int64_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* DIR/wake is made when the database is whole. */
static bool was_made(const char *dir)
{
    char wake[PATH_MAX];
    return join(wake, dir, "wake", NULL) == 0 && access(wake, F_OK) == 0;
}

static int check_header(const unsigned char *header, ssize_t got, bool made,
                        neap_err *err)
{
    if (got == 0 && made) /* SQLite would make a new one, and drop the WAL */
        return neap_err_set(err, NEAP_ECORRUPT, "it is empty, and was not");
    if (got == 0) /* made, and killed before its first commit */
        return neap_err_set(err, NEAP_ENOENT, "nothing is in it yet");
    if (got < HEADER || memcmp(header, "SQLite format 3", 16) != 0)
        return neap_err_set(err, NEAP_ECORRUPT, "it is not a database");
    return neap_migration_check(big_endian(header + APPLICATION_ID),
                                big_endian(header + USER_VERSION), err);
}

int neap_database_check(const char *dir, neap_err *err)
{
    unsigned char header[HEADER];
    char path[PATH_MAX];
    ssize_t got;
    bool made = was_made(dir); /* before the look: it may be made meanwhile */
    int fd, rc = join(path, dir, "neap.db", err);
    if (rc < 0)
        return rc;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return neap_err_sys(err, errno, "opening %s", path);
    got = read(fd, header, sizeof header);
    rc = got < 0 ? neap_err_sys(err, errno, "reading")
                 : check_header(header, got, made, err);
    close(fd);
    return opening(path, rc, err);
}

#define TURN_MS 5 /* between two tries */

/* Whoever makes a database turns it to WAL; SQLite lets nobody wait for that
 * (its busy handler is not asked), so those who come meanwhile try again. What
 * turns is one page, written at once: its journal needs no file. */
static int turn_to_wal(sqlite3 *db, int busy_ms, neap_err *err)
{
    int64_t pages;
    int rc = neap_sql_integer(&pages, db, "PRAGMA page_count", err);
    if (rc == 0 && pages == 0)
        rc = neap_sql_exec(db, "PRAGMA journal_mode=MEMORY", err);
    if (rc == 0)
        rc = neap_sql_exec(db, "PRAGMA journal_mode=WAL", err);
    for (; rc == NEAP_EBUSY && busy_ms > 0; busy_ms -= TURN_MS) {
        sqlite3_sleep(TURN_MS);
        rc = neap_sql_exec(db, "PRAGMA journal_mode=WAL", err);
    }
    return rc;
}

/* No mmap: a reader would map the file anew after every commit, which costs
 * more than it saves. Who writes makes the checkpoints. */
static int configure(sqlite3 *db, bool read_only, int busy_ms, neap_err *err)
{
    int rc = neap_sql_exec(db,
                           "PRAGMA foreign_keys=ON;"
                           "PRAGMA temp_store=MEMORY;"
                           "PRAGMA cache_size=-16384;"
                           "PRAGMA wal_autocheckpoint=0",
                           err);
    if (rc == 0 && !read_only)
        rc = turn_to_wal(db, busy_ms, err);
    return rc;
}

int neap_database_wait(sqlite3 *db, bool wait, neap_err *err)
{
    return neap_sql_exec(
        db, wait ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
        err);
}

/* Make and migrate what is there. It need not wait for the disk: what is lost
 * with the machine is made again. */
static int prepare(sqlite3 *db, bool read_only, int busy_ms, neap_err *err)
{
    int rc = neap_database_wait(db, false, err);
    if (rc == 0)
        rc = configure(db, read_only, busy_ms, err);
    if (rc == 0 && !read_only)
        rc = neap_migration_run(db, err);
    if (rc == 0)
        rc = neap_database_wait(db, true, err);
    return rc;
}

/* Where nothing may be written and no WAL is left, the file cannot change
 * under us. */
static bool is_frozen(const char *dir, const char *path)
{
    char wal[PATH_MAX + 8];
    struct stat st;
    snprintf(wal, sizeof wal, "%s-wal", path);
    return access(dir, W_OK) != 0 && (stat(wal, &st) != 0 || st.st_size == 0);
}

/* A frozen file's name: SQLite reads it without locks and shared memory. */
static void write_uri(char out[3 * PATH_MAX + 32], const char *path)
{
    out += sprintf(out, "file:");
    for (; *path != '\0'; path++)
        out +=
            sprintf(out, strchr("%?#", *path) != NULL ? "%%%02x" : "%c", *path);
    sprintf(out, "?immutable=1");
}

static int connect(sqlite3 **out, const char *name, int flags, int busy_ms,
                   neap_err *err)
{
    int64_t tables;
    int status = sqlite3_open_v2(name, out, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (status != SQLITE_OK)
        return neap_sql_err(err, *out, status, "connecting");
    sqlite3_busy_timeout(*out, busy_ms);
    /* the first look at the file */
    return neap_sql_integer(&tables, *out, "SELECT count(*) FROM sqlite_schema",
                            err);
}

static int connect_read_only(sqlite3 **out, const char *dir, const char *path,
                             int busy_ms, neap_err *err)
{
    char uri[3 * PATH_MAX + 32];
    if (dir == NULL || !is_frozen(dir, path))
        return connect(out, path, SQLITE_OPEN_READONLY, busy_ms, err);
    write_uri(uri, path);
    return connect(out, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, busy_ms,
                   err);
}

int neap_database_open(sqlite3 **out, const char *dir, bool read_only,
                       int busy_ms, neap_err *err)
{
    char path[PATH_MAX] = ":memory:";
    int rc = 0;
    *out = NULL;
    if (dir != NULL)
        rc = join(path, dir, "neap.db", err);
    if (rc == 0 && read_only)
        rc = connect_read_only(out, dir, path, busy_ms, err);
    else if (rc == 0)
        rc = connect(out, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                     busy_ms, err);
    if (rc == 0)
        rc = prepare(*out, read_only, busy_ms, err);
    if (rc < 0 && *out != NULL) {
        /* refused: leave the journal as it was found */
        sqlite3_db_config(*out, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        neap_database_close(*out);
        *out = NULL;
    }
    return opening(path, rc, err);
}

void neap_database_close(sqlite3 *db)
{
    sqlite3_close(db);
}

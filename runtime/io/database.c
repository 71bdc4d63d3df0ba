/* SPDX-License-Identifier: MIT
 *
 * database: see database.h. */
#include "io/database.h"

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

/* mkdir -p; `path` is changed and changed back. */
static int make_all(char *path, neap_err *err)
{
    for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL)
            *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return neap_err_sys(err, errno, "making directory %s", path);
        if (slash == NULL)
            return 0;
        *slash = '/';
    }
}

int neap_database_make(const char *dir, neap_err *err)
{
    static const char *const inside[] = {"blobs", "spool"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        int rc = join(path, dir, inside[i], err);
        if (rc == 0)
            rc = make_all(path, err);
        if (rc < 0)
            return rc;
    }
    if (access(dir, W_OK) != 0)
        return neap_err_sys(err, errno, "opening store %s", dir);
    return 0;
}

static int64_t big_endian(const unsigned char *at)
{
    return (int64_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

static int check_header(const char *path, const unsigned char *header,
                        ssize_t got, neap_err *err)
{
    if (got == 0) /* made, and killed before its first commit */
        return 0;
    if (got < HEADER || memcmp(header, "SQLite format 3", 16) != 0)
        return neap_err_set(err, NEAP_ECORRUPT,
                            "opening %s: the file is not a database", path);
    return neap_migration_check(big_endian(header + APPLICATION_ID),
                                big_endian(header + USER_VERSION), path, err);
}

int neap_database_check(const char *dir, neap_err *err)
{
    unsigned char header[HEADER];
    char path[PATH_MAX];
    ssize_t got;
    int fd, rc = join(path, dir, "neap.db", err);
    if (rc < 0)
        return rc;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return neap_err_sys(err, errno, "opening store %s", path);
    got = read(fd, header, sizeof header);
    rc = got < 0 ? neap_err_sys(err, errno, "reading store %s", path)
                 : check_header(path, header, got, err);
    close(fd);
    return rc;
}

static int configure(sqlite3 *db, bool read_only, neap_err *err)
{
    int rc = neap_sql_exec(db,
                           "PRAGMA foreign_keys=ON;"
                           "PRAGMA synchronous=FULL;"
                           "PRAGMA temp_store=MEMORY;"
                           "PRAGMA cache_size=-131072;"
                           "PRAGMA mmap_size=1073741824;"
                           "PRAGMA wal_autocheckpoint=4000",
                           err);
    if (rc == 0 && !read_only)
        rc = neap_sql_exec(db, "PRAGMA journal_mode=WAL", err);
    return rc;
}

/* Where nothing can be written and no WAL is left, the file cannot change
 * under us: SQLite reads it without its locks and shared memory. */
static int open_immutable(sqlite3 **out, const char *path, neap_err *err)
{
    char uri[PATH_MAX + 32], wal[PATH_MAX + 8];
    struct stat st;
    int status;
    snprintf(wal, sizeof wal, "%s-wal", path);
    if (stat(wal, &st) == 0 && st.st_size > 0)
        return neap_err_set(err, NEAP_EREADONLY,
                            "opening %s: its journal must be read first, and "
                            "the directory may not be written",
                            path);
    snprintf(uri, sizeof uri, "file:%s?immutable=1", path);
    status = sqlite3_open_v2(
        uri, out, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
        NULL);
    if (status != SQLITE_OK)
        return neap_sql_err(err, *out, status, "opening %s", path);
    return configure(*out, true, err);
}

static int open_file(sqlite3 **out, const char *path, bool read_only,
                     int busy_ms, neap_err *err)
{
    int flags = read_only ? SQLITE_OPEN_READONLY
                          : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int rc,
        status = sqlite3_open_v2(path, out, flags | SQLITE_OPEN_NOMUTEX, NULL);
    int64_t tables;
    if (status != SQLITE_OK)
        return neap_sql_err(err, *out, status, "opening %s", path);
    sqlite3_busy_timeout(*out, busy_ms);
    /* The first look at the file; also says early that it cannot be read. */
    rc = neap_sql_integer(&tables, *out, "SELECT count(*) FROM sqlite_schema",
                          err);
    if (rc == NEAP_EREADONLY && read_only) {
        sqlite3_close(*out);
        *out = NULL;
        return open_immutable(out, path, err);
    }
    return rc == 0 ? configure(*out, read_only, err) : rc;
}

int neap_database_open(sqlite3 **out, const char *dir, bool read_only,
                       int busy_ms, neap_err *err)
{
    char path[PATH_MAX] = ":memory:";
    int rc = 0;
    *out = NULL;
    if (dir != NULL)
        rc = join(path, dir, "neap.db", err);
    if (rc == 0)
        rc = open_file(out, path, read_only, busy_ms, err);
    if (rc == 0 && !read_only)
        rc = neap_migration_run(*out, err);
    if (rc < 0 && *out != NULL) {
        /* refused: leave the journal as it was found */
        sqlite3_db_config(*out, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        neap_database_close(*out);
        *out = NULL;
    }
    return rc;
}

void neap_database_close(sqlite3 *db)
{
    sqlite3_close(db);
}

/* SPDX-License-Identifier: MIT
 *
 * registry_sql: the prepared side of a registry. See registry.h. */
#include "io/registry_impl.h"
#include "io/sql.h"

#include <stdlib.h>

typedef neap_registry_named named;
typedef neap_registry_step step;

/* Read the names of the parameters, the first time only. */
static int learn(named *s, neap_err *err)
{
    int count = sqlite3_bind_parameter_count(s->stmt);
    if (s->parameters != NULL)
        return 0;
    s->parameters = calloc((size_t)count + 1, sizeof *s->parameters);
    if (s->parameters == NULL)
        goto memory;
    s->count = count;
    for (int i = 0; i < count; i++) {
        const char *name = sqlite3_bind_parameter_name(s->stmt, i + 1);
        if (name == NULL || name[0] == '?')
            return neap_err_set(err, NEAP_EINVAL,
                                "statement \"%s\": parameters need names",
                                s->name);
        s->parameters[i] = strdup(name + 1);
        if (s->parameters[i] == NULL)
            goto memory;
    }
    s->reads = sqlite3_stmt_readonly(s->stmt);
    return 0;
memory:
    return neap_err_set(err, NEAP_ENOMEM, "defining: out of memory");
}

/* Which field of the event each parameter is. */
static int match(step *s, neap_err *err)
{
    static const char *const names[] = NEAP_EVENT_NAMES;
    int count = sqlite3_bind_parameter_count(s->stmt), known = 0;
    for (int i = 0; i < NEAP_EVENT_FIELDS; i++) {
        char name[16] = ":";
        strcat(name, names[i]);
        s->field[i] = sqlite3_bind_parameter_index(s->stmt, name);
        known += s->field[i] > 0;
    }
    if (known == count)
        return 0;
    return neap_err_set(err, NEAP_EINVAL,
                        "projection of \"%s\": a parameter is not a field of "
                        "the event",
                        s->type);
}

static int prepare(sqlite3_stmt **out, sqlite3 *db, const char *what,
                   const char *name, const char *sql, neap_err *err)
{
    int status =
        sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    if (status != SQLITE_OK)
        return neap_sql_err(err, db, status, "%s \"%s\"", what, name);
    if (*out == NULL)
        return neap_err_set(err, NEAP_EINVAL, "%s \"%s\" is empty", what, name);
    return 0;
}

int neap_registry_prepare(neap_registry *r, sqlite3 *db, neap_err *err)
{
    int rc = 0;
    r->db = db;
    for (int i = 0; rc == 0 && i < r->statement_count; i++) {
        named *s = &r->statements[i];
        rc = prepare(&s->stmt, db, "statement", s->name, s->sql, err);
        if (rc == 0)
            rc = learn(s, err);
    }
    if (rc < 0)
        neap_registry_release(r);
    return rc;
}

static int prepare_step(neap_registry *r, step *s, neap_err *err)
{
    int rc;
    if (s->stmt != NULL)
        return 0;
    rc = prepare(&s->stmt, r->db, "projection of", s->type, s->sql, err);
    if (rc == 0)
        rc = match(s, err);
    if (rc < 0) {
        sqlite3_finalize(s->stmt);
        s->stmt = NULL;
    }
    return rc;
}

int neap_registry_check(neap_registry *r, neap_err *err)
{
    int rc = 0;
    for (int i = 0; rc == 0 && i < r->step_count; i++)
        rc = prepare_step(r, &r->steps[i], err);
    return rc;
}

void neap_registry_release(neap_registry *r)
{
    for (int i = 0; i < r->statement_count; i++) {
        sqlite3_finalize(r->statements[i].stmt);
        r->statements[i].stmt = NULL;
    }
    for (int i = 0; i < r->step_count; i++) {
        sqlite3_finalize(r->steps[i].stmt);
        r->steps[i].stmt = NULL;
    }
    r->db = NULL;
}

int neap_registry_call(neap_registry *r, const neap_item_call *call, bool *hit,
                       neap_err *err)
{
    named *s = &r->statements[call->statement];
    sqlite3 *db = sqlite3_db_handle(s->stmt);
    int status = SQLITE_OK, rc = 0;
    for (int i = 0; status == SQLITE_OK && i < call->count; i++)
        status = neap_sql_bind(s->stmt, i + 1, &call->value[i]);
    if (status == SQLITE_OK)
        status = sqlite3_step(s->stmt);
    *hit = status == SQLITE_ROW;
    while (status == SQLITE_ROW && !s->reads) /* RETURNING */
        status = sqlite3_step(s->stmt);
    if (status == SQLITE_DONE && !s->reads && sqlite3_changes(db) > 0)
        *hit = true;
    if (status != SQLITE_DONE && status != SQLITE_ROW)
        rc = neap_sql_err(err, db, status, "statement \"%s\"", s->name);
    sqlite3_reset(s->stmt);
    return rc;
}

static int project(step *s, const neap_event *event, neap_err *err)
{
    int status = SQLITE_OK, rc = 0;
    for (int i = 0; status == SQLITE_OK && i < NEAP_EVENT_FIELDS; i++)
        if (s->field[i] > 0)
            status = neap_sql_bind(s->stmt, s->field[i], &event->field[i]);
    if (status == SQLITE_OK)
        do
            status = sqlite3_step(s->stmt);
        while (status == SQLITE_ROW);
    if (status != SQLITE_DONE)
        rc = neap_sql_err(err, sqlite3_db_handle(s->stmt), status,
                          "projection of \"%s\"", s->type);
    sqlite3_reset(s->stmt);
    return rc;
}

int neap_registry_project(neap_registry *r, const neap_event *event,
                          neap_err *err)
{
    int rc = 0;
    if (event->projection < 0)
        return 0;
    for (int i = event->projection; rc == 0 && i < r->step_count &&
                                    r->steps[i].projection == event->projection;
         i++) {
        rc = prepare_step(r, &r->steps[i], err);
        if (rc == 0)
            rc = project(&r->steps[i], event, err);
    }
    return rc;
}

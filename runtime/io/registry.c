/* SPDX-License-Identifier: MIT
 *
 * registry: see registry.h. */
#include "io/registry.h"

#include "io/sql.h"

#include <stdlib.h>

typedef struct named {
    char *name, *sql;
    char **parameters; /* names without the colon, `count` of them */
    int count;
    bool reads;
    sqlite3_stmt *stmt;
} named;

/* One SQL of a projection. Those of a type stand together, and the number of
 * the projection is the index of the first. */
typedef struct step {
    char *type, *sql;
    int projection;
    int order;                    /* as registered */
    int field[NEAP_EVENT_FIELDS]; /* parameter index of the field, 0 = none */
    sqlite3_stmt *stmt;
} step;

struct neap_registry {
    named *statements; /* sorted by name */
    int statement_count;
    step *steps; /* sorted by type */
    int step_count;
};

static int count_of(const neap_named_sql *list)
{
    int count = 0;
    while (list != NULL && list[count].name != NULL)
        count++;
    return count;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const named *)a)->name, ((const named *)b)->name);
}

static int by_type(const void *a, const void *b)
{
    const step *x = a, *y = b;
    int order = strcmp(x->type, y->type);
    return order != 0 ? order : x->order - y->order;
}

static bool copy_statements(neap_registry *r, const neap_named_sql *list)
{
    int count = count_of(list);
    r->statements = calloc((size_t)count + 1, sizeof *r->statements);
    for (int i = 0; r->statements != NULL && i < count; i++) {
        named *s = &r->statements[r->statement_count++];
        s->name = strdup(list[i].name);
        s->sql = strdup(list[i].sql);
        if (s->name == NULL || s->sql == NULL)
            return false;
    }
    return r->statements != NULL;
}

static bool copy_steps(neap_registry *r, const neap_named_sql *list)
{
    int count = count_of(list);
    r->steps = calloc((size_t)count + 1, sizeof *r->steps);
    for (int i = 0; r->steps != NULL && i < count; i++) {
        step *s = &r->steps[r->step_count++];
        s->type = strdup(list[i].name);
        s->sql = strdup(list[i].sql);
        s->order = i;
        if (s->type == NULL || s->sql == NULL)
            return false;
    }
    return r->steps != NULL;
}

static int sort(neap_registry *r, neap_err *err)
{
    qsort(r->statements, (size_t)r->statement_count, sizeof *r->statements,
          by_name);
    for (int i = 1; i < r->statement_count; i++)
        if (by_name(&r->statements[i - 1], &r->statements[i]) == 0)
            return neap_err_set(err, NEAP_EEXIST,
                                "defining: two statements are called \"%s\"",
                                r->statements[i].name);
    qsort(r->steps, (size_t)r->step_count, sizeof *r->steps, by_type);
    for (int i = 0; i < r->step_count; i++) {
        bool first = i == 0 || strcmp(r->steps[i - 1].type, r->steps[i].type);
        r->steps[i].projection = first ? i : r->steps[i - 1].projection;
    }
    return 0;
}

int neap_registry_new(neap_registry **out, const neap_definition *definition,
                      neap_err *err)
{
    neap_registry *r = calloc(1, sizeof *r);
    int rc;
    *out = NULL;
    if (r == NULL || !copy_statements(r, definition->statements) ||
        !copy_steps(r, definition->projections))
        rc = neap_err_set(err, NEAP_ENOMEM, "defining: out of memory");
    else
        rc = sort(r, err);
    if (rc < 0) {
        neap_registry_free(r);
        return rc;
    }
    *out = r;
    return 0;
}

void neap_registry_free(neap_registry *r)
{
    if (r == NULL)
        return;
    neap_registry_release(r);
    for (int i = 0; i < r->statement_count; i++) {
        named *s = &r->statements[i];
        for (int p = 0; s->parameters != NULL && p < s->count; p++)
            free(s->parameters[p]);
        free(s->parameters);
        free(s->name);
        free(s->sql);
    }
    for (int i = 0; i < r->step_count; i++) {
        free(r->steps[i].type);
        free(r->steps[i].sql);
    }
    free(r->statements);
    free(r->steps);
    free(r);
}

void neap_registry_digest(const neap_registry *r, neap_hash *hash)
{
    for (int i = 0; i < r->step_count; i++) {
        const step *s = &r->steps[i];
        neap_hash_update(hash, s->type, strlen(s->type) + 1);
        neap_hash_update(hash, s->sql, strlen(s->sql) + 1);
    }
}

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
    for (int i = 0; rc == 0 && i < r->statement_count; i++) {
        named *s = &r->statements[i];
        rc = prepare(&s->stmt, db, "statement", s->name, s->sql, err);
        if (rc == 0)
            rc = learn(s, err);
    }
    for (int i = 0; rc == 0 && i < r->step_count; i++) {
        step *s = &r->steps[i];
        rc = prepare(&s->stmt, db, "projection of", s->type, s->sql, err);
        if (rc == 0)
            rc = match(s, err);
    }
    if (rc < 0)
        neap_registry_release(r);
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
}

int neap_registry_statement(const neap_registry *r, const char *name)
{
    named key = {.name = (char *)name};
    named *found = bsearch(&key, r->statements, (size_t)r->statement_count,
                           sizeof key, by_name);
    return found != NULL ? (int)(found - r->statements) : -1;
}

const char *neap_registry_name(const neap_registry *r, int statement)
{
    return r->statements[statement].name;
}

int neap_registry_parameters(const neap_registry *r, int statement)
{
    return r->statements[statement].count;
}

int neap_registry_parameter(const neap_registry *r, int statement,
                            const char *name)
{
    for (int i = 0; i < r->statements[statement].count; i++)
        if (strcmp(r->statements[statement].parameters[i], name) == 0)
            return i;
    return -1;
}

int neap_registry_projection(const neap_registry *r, const char *type)
{
    int low = 0, high = r->step_count;
    while (low < high) { /* the first step of the type */
        int middle = low + (high - low) / 2;
        if (strcmp(r->steps[middle].type, type) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->step_count && strcmp(r->steps[low].type, type) == 0 ? low
                                                                        : -1;
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
         i++)
        rc = project(&r->steps[i], event, err);
    return rc;
}

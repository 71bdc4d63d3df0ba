/* SPDX-License-Identifier: MIT
 *
 * registry: see registry.h. */
#include "io/registry_impl.h"

#include <stdlib.h>

typedef neap_registry_named named;
typedef neap_registry_step step;

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

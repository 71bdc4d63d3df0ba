/* SPDX-License-Identifier: MIT
 *
 * registry_impl: what a registry holds; for registry.c (life, finding) and
 * registry_sql.c (prepared statements) only. */
#ifndef NEAP_IO_REGISTRY_IMPL_H
#define NEAP_IO_REGISTRY_IMPL_H

#include "io/registry.h"

#include <sqlite3.h>

typedef struct neap_registry_named {
    char *name, *sql;
    char **parameters; /* names without the colon, `count` of them */
    int count;
    bool reads;
    sqlite3_stmt *stmt;
} neap_registry_named;

/* One SQL of a projection. Those of a type stand together, and the number of
 * the projection is the index of the first. */
typedef struct neap_registry_step {
    char *type, *sql;
    int projection;
    int order;                    /* as registered */
    int field[NEAP_EVENT_FIELDS]; /* parameter index of the field, 0 = none */
    sqlite3_stmt *stmt;
} neap_registry_step;

struct neap_registry {
    sqlite3 *db;                     /* borrowed while prepared */
    neap_registry_named *statements; /* sorted by name */
    int statement_count;
    neap_registry_step *steps; /* sorted by type */
    int step_count;
};

#endif

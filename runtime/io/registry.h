/* SPDX-License-Identifier: MIT
 *
 * registry: the SQL others brought, found by name.
 *
 * Owns: named statements (guards and writes of commits), the projections of
 * each event type, and their prepared forms. Refuses to know: what any of it
 * means. Uses: sql, event.
 *
 * What is found by name is found once, on the loop; the writer sees numbers.
 * Names and parameters never change after neap_registry_new, so both threads
 * may read them; the prepared statements are the writer's.
 */
#ifndef NEAP_IO_REGISTRY_H
#define NEAP_IO_REGISTRY_H

#include "base/err.h"
#include "io/hash.h"
#include "io/item.h"

#include <stdbool.h>

typedef struct neap_named_sql {
    const char *name;
    const char *sql;
} neap_named_sql;

/* What a store is taught before its first commit; borrowed during the call. */
typedef struct neap_definition {
    int version;               /* of all that follows; > 0 */
    const char *schema;        /* creates the tables beyond the core */
    const char *const *tables; /* those that are projections, NULL at the end */
    const neap_named_sql *statements; /* name NULL at the end */
    /* The name is an event type; one type may have several, run in order. They
     * see the event as :seq :run :n :type … :data. */
    const neap_named_sql *projections; /* name NULL at the end */
} neap_definition;

#define NEAP_DEFINITION_INIT                                                   \
    {                                                                          \
        0, "", NULL, NULL, NULL                                                \
    }

struct sqlite3;
typedef struct neap_registry neap_registry;

/* Copies the definition. NEAP_EEXIST for a statement's name used twice. */
int neap_registry_new(neap_registry **out, const neap_definition *definition,
                      neap_err *err);
void neap_registry_free(neap_registry *registry); /* NULL is fine */

/* Add what the projections are to a hash: the same for the same SQL, in
 * whatever order it was registered. */
void neap_registry_digest(const neap_registry *registry, neap_hash *hash);

/* Prepare it for `db`, whose tables exist: named statements now, a projection
 * when the first event of its type comes. NEAP_EINVAL names the statement that
 * SQLite refuses. */
int neap_registry_prepare(neap_registry *registry, struct sqlite3 *db,
                          neap_err *err);
/* Prepare all projections: for those that were never seen before. */
int neap_registry_check(neap_registry *registry, neap_err *err);
/* Give up the prepared statements; prepare may come again. */
void neap_registry_release(neap_registry *registry);

/* --- on the loop ---------------------------------------------------------- */

/* Number of the statement, -1 when there is none of that name. */
int neap_registry_statement(const neap_registry *registry, const char *name);
/* Its name, borrowed; its number of parameters; and the index (from 0) of one
 * of them, -1 when it has none of that name. */
const char *neap_registry_name(const neap_registry *registry, int statement);
int neap_registry_parameters(const neap_registry *registry, int statement);
int neap_registry_parameter(const neap_registry *registry, int statement,
                            const char *name);
/* Number of the type's projection, -1 when it has none. */
int neap_registry_projection(const neap_registry *registry, const char *type);

/* --- on the writer -------------------------------------------------------- */

/* Run a call; `*hit` says whether a row came back or one was changed. */
int neap_registry_call(neap_registry *registry, const neap_item_call *call,
                       bool *hit, neap_err *err);
/* Run the projection of an event (nothing when it has none). */
int neap_registry_project(neap_registry *registry, const neap_event *event,
                          neap_err *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * dag: which node may start now?
 *
 * Owns: nodes, the needs between them, and the order in which they become
 * ready. Refuses to know: what a node does, how many may run, the clock.
 * Uses: base/heap, base/mem.
 *
 * It is a plan that is pulled: build it, `start`, then `pop` a ready node,
 * tell how it ended with `done`, and pop again. A node is ready the moment its
 * last need has ended; there are no waves. Of the ready nodes the one with the
 * highest priority is first, then the one with the longest path to the end,
 * then the oldest, so that the order never depends on chance.
 *
 *   waiting ──▶ ready ⇄ running ──▶ completed | failed | skipped
 *      └── a hard need failed or was skipped ─────────────▲
 *
 * `start` may be called again: what was added since then joins the plan if it
 * holds no cycle, and is taken back as a whole if it does. New nodes may need
 * old ones; an old one gets no new needs.
 */
#ifndef NEAP_CORE_DAG_H
#define NEAP_CORE_DAG_H

#include "base/err.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEAP_DAG_MAX 0x3fffffffu /* nodes, and edges */

typedef enum neap_dag_mode { /* when the needed node does not complete … */
                             NEAP_DAG_HARD, /* … the dependent is skipped */
                             NEAP_DAG_SOFT, /* … the dependent runs and sees the
                                               failure */
                             NEAP_DAG_SKIP, /* … the dependent runs and sees
                                               nothing */
} neap_dag_mode;

typedef enum neap_dag_state {
    NEAP_DAG_WAITING,
    NEAP_DAG_READY,
    NEAP_DAG_RUNNING,
    NEAP_DAG_COMPLETED,
    NEAP_DAG_FAILED,
    NEAP_DAG_SKIPPED,
    NEAP_DAG_STATES,
} neap_dag_state;

typedef struct neap_dag neap_dag;

/* Ids, in some order; borrowed until the next call that changes the graph or
 * fills a list. */
typedef struct neap_dag_list {
    const uint32_t *ids;
    size_t count;
} neap_dag_list;

/* Owned by the caller; NULL: no memory. `mem` (borrowed) may be NULL. */
neap_dag *neap_dag_new(const neap_mem *mem);
void neap_dag_free(neap_dag *d);

/* --- building --- */

/* Ids are 1, 2, 3, … */
int neap_dag_add(uint32_t *id, neap_dag *d, double priority, neap_err *err);
/* `id` (not yet started) waits for `on`. NEAP_EINVAL when either is not a node
 * or `id` is already part of the started plan. */
int neap_dag_need(neap_dag *d, uint32_t id, uint32_t on, neap_dag_mode mode,
                  neap_err *err);
/* How long the node takes, in seconds; 1 if nobody says. */
int neap_dag_weigh(neap_dag *d, uint32_t id, double seconds, neap_err *err);
/* Is what was added free of cycles? If not, NEAP_ECYCLE, and `cycle` has one:
 * each id needs the next, the last needs the first. */
int neap_dag_check(neap_dag_list *cycle, neap_dag *d, neap_err *err);
/* Check, and let what was added join the plan; on failure it is gone. */
int neap_dag_start(neap_dag_list *cycle, neap_dag *d, neap_err *err);

/* --- running --- */

/* The next ready node, which now runs; 0: none is ready. */
uint32_t neap_dag_pop(neap_dag *d);
/* It did not start after all: back to the ready ones. */
int neap_dag_unpop(neap_dag *d, uint32_t id, neap_err *err);
/* `id` ended as `state` (completed, failed or skipped). Any node that has not
 * ended may, also one that never ran: its end is known from elsewhere. */
int neap_dag_done(neap_dag *d, uint32_t id, neap_dag_state state,
                  neap_err *err);
/* The next node that was skipped for its needs' sake, each told once; `cause`
 * is the node whose own end began it. 0: no more. */
uint32_t neap_dag_skipped(uint32_t *cause, neap_dag *d);

/* --- looking --- */

size_t neap_dag_count(const neap_dag *d, neap_dag_state state);
size_t neap_dag_total(const neap_dag *d);
bool neap_dag_finished(const neap_dag *d); /* every node has ended */
/* NEAP_DAG_STATES when there is no such node. */
neap_dag_state neap_dag_state_of(const neap_dag *d, uint32_t id);
/* All nodes, each after what it needs. */
int neap_dag_order(neap_dag_list *order, neap_dag *d, neap_err *err);
/* The longest chain by weight, first node first, and its length. */
int neap_dag_critical_path(neap_dag_list *path, double *seconds, neap_dag *d,
                           neap_err *err);

#endif

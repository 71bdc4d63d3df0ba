/* SPDX-License-Identifier: MIT
 *
 * dag_impl: what dag.c and dag_order.c share; nobody else includes it.
 *
 * Nodes and edges lie in two arrays and name each other by index (0: none), 56
 * and 16 bytes each. The edges of a node are two lists threaded through the
 * edge array: what it needs (newest first) and its dependents (oldest first).
 */
#ifndef NEAP_CORE_DAG_IMPL_H
#define NEAP_CORE_DAG_IMPL_H

#include "base/heap.h"
#include "core/dag.h"

typedef struct node {
    double priority;
    double weight;
    double rank; /* the longest path to the end, itself included */
    uint32_t needs, dependents, last_dependent; /* edges */
    uint32_t unmet;        /* edges to needs that have not ended */
    uint32_t next_skipped; /* a node */
    uint32_t cause;        /* whose end skipped it */
    uint8_t state;
    uint8_t marked; /* scratch of dag_order.c */
} node;

typedef struct edge {
    uint32_t id, on; /* id needs on */
    uint32_t next_need;
    uint32_t next_dependent : 30;
    uint32_t mode : 2;
} edge;

struct neap_dag {
    const neap_mem *mem; /* borrowed */
    node *nodes;         /* owned; [0] is unused, as is edges[0] */
    edge *edges;         /* owned */
    uint32_t node_count, node_room, edge_count, edge_room;
    uint32_t started_nodes, started_edges; /* those that joined the plan */
    uint32_t counts[NEAP_DAG_STATES];
    neap_heap ready;
    /* Skipped nodes in the order they were: told up to `tell`, their own
     * dependents seen to up to `spread`. */
    uint32_t tell, spread, last_skipped;
    uint32_t *list, *degree; /* owned: scratch of dag_order.c */
    uint32_t list_room;
};

/* d->list[0, count): the nodes from `first` on, each after its needs among
 * them. NEAP_ECYCLE: `count` is short, and degree[] of the rest is not 0. */
int neap_dag__sort(size_t *count, neap_dag *d, uint32_t first, neap_err *err);
/* After a sort of the nodes from `first` on: their ranks, then those of the
 * old ones above them that have not begun. True: that of a ready node changed.
 */
bool neap_dag__rank(neap_dag *d, uint32_t first);
/* After a failed sort of the nodes from `first` on: one cycle. */
neap_dag_list neap_dag__cycle(neap_dag *d, uint32_t first);

#endif

/* SPDX-License-Identifier: MIT
 *
 * dag_order: the sorting half of dag.h: topological order, cycles, ranks, the
 * critical path. It changes nothing but ranks and scratch. */
#include "core/dag_impl.h"

#define VISITED 0x80000000u

static int reserve(neap_dag *d, neap_err *err)
{
    uint32_t room = d->node_room;
    uint32_t *list, *degree;
    if (d->list_room >= room)
        return 0;
    list = neap_mem_resize(d->mem, d->list, room * sizeof *list);
    d->list = list != NULL ? list : d->list;
    degree = neap_mem_resize(d->mem, d->degree, room * sizeof *degree);
    d->degree = degree != NULL ? degree : d->degree;
    if (list == NULL || degree == NULL)
        return neap_err_set(err, NEAP_ENOMEM,
                            "no memory to sort a graph of %u nodes",
                            d->node_count);
    d->list_room = room;
    return 0;
}

int neap_dag__sort(size_t *count, neap_dag *d, uint32_t first, neap_err *err)
{
    uint32_t last = d->node_count, found = 0;
    int rc = reserve(d, err);
    *count = 0;
    if (rc != 0)
        return rc;
    for (uint32_t id = first; id <= last; id++)
        d->degree[id] = 0;
    for (uint32_t e = first == 1 ? 1 : d->started_edges + 1; e <= d->edge_count;
         e++)
        if (d->edges[e].on >= first)
            d->degree[d->edges[e].id]++;
    for (uint32_t id = first; id <= last; id++)
        if (d->degree[id] == 0)
            d->list[found++] = id;
    for (uint32_t i = 0; i < found; i++)
        for (uint32_t e = d->nodes[d->list[i]].dependents; e != 0;
             e = d->edges[e].next_dependent)
            if (--d->degree[d->edges[e].id] == 0)
                d->list[found++] = d->edges[e].id;
    *count = found;
    if (found < last + 1 - first)
        return neap_err_set(err, NEAP_ECYCLE, "the graph has a cycle");
    return 0;
}

/* Of a node that sorting left over: its oldest need that was left over. */
static uint32_t need_in_cycle(const neap_dag *d, uint32_t id, uint32_t first)
{
    uint32_t found = 0;
    for (uint32_t e = d->nodes[id].needs; e != 0; e = d->edges[e].next_need)
        if (d->edges[e].on >= first && d->degree[d->edges[e].on] != 0)
            found = d->edges[e].on;
    return found;
}

neap_dag_list neap_dag__cycle(neap_dag *d, uint32_t first)
{
    uint32_t id = first, length = 0, from;
    while (d->degree[id] == 0)
        id++;
    while ((d->degree[id] & VISITED) == 0) {
        d->degree[id] = VISITED | length;
        d->list[length++] = id;
        id = need_in_cycle(d, id, first);
    }
    from = d->degree[id] & ~VISITED;
    return (neap_dag_list){d->list + from, length - from};
}

/* The ranks of the nodes above `list[0, depth)`, whose rank just grew. True:
 * that of a ready node did. */
static bool lift(neap_dag *d, uint32_t depth)
{
    bool ready = false;
    while (depth > 0) {
        uint32_t id = d->list[--depth];
        d->nodes[id].marked = 0;
        for (uint32_t e = d->nodes[id].needs; e != 0;
             e = d->edges[e].next_need) {
            uint32_t on = d->edges[e].on;
            node *above = &d->nodes[on];
            double rank = above->weight + d->nodes[id].rank;
            if (above->state > NEAP_DAG_READY || rank <= above->rank)
                continue;
            above->rank = rank;
            ready = ready || above->state == NEAP_DAG_READY;
            if (!above->marked) {
                above->marked = 1;
                d->list[depth++] = on;
            }
        }
    }
    return ready;
}

bool neap_dag__rank(neap_dag *d, uint32_t first)
{
    bool ready = false;
    for (uint32_t i = d->node_count + 1 - first; i-- > 0;) {
        node *n = &d->nodes[d->list[i]];
        double longest = 0;
        for (uint32_t e = n->dependents; e != 0; e = d->edges[e].next_dependent)
            if (d->nodes[d->edges[e].id].rank > longest)
                longest = d->nodes[d->edges[e].id].rank;
        n->rank = n->weight + longest;
    }
    for (uint32_t id = first; first > 1 && id <= d->node_count; id++) {
        d->list[0] = id;
        ready = lift(d, 1) || ready;
    }
    return ready;
}

int neap_dag_order(neap_dag_list *order, neap_dag *d, neap_err *err)
{
    int rc = neap_dag__sort(&order->count, d, 1, err);
    order->ids = d->list;
    return rc;
}

/* Of the dependents of `id`, the first with the longest path; 0: it has
 * none. */
static uint32_t next_on_path(const neap_dag *d, uint32_t id,
                             const double *longest)
{
    uint32_t best = 0;
    for (uint32_t e = d->nodes[id].dependents; e != 0;
         e = d->edges[e].next_dependent) {
        uint32_t to = d->edges[e].id;
        if (best == 0 || longest[to] > longest[best])
            best = to;
    }
    return best;
}

/* Weights may have changed since `start`, so ranks are not used. */
int neap_dag_critical_path(neap_dag_list *path, double *seconds, neap_dag *d,
                           neap_err *err)
{
    size_t count, length = 0;
    double *longest;
    uint32_t id = 0;
    int rc = neap_dag__sort(&count, d, 1, err);
    *path = (neap_dag_list){NULL, 0};
    *seconds = 0;
    if (rc != 0)
        return rc;
    longest = neap_mem_resize(d->mem, NULL, (count + 1) * sizeof *longest);
    if (longest == NULL)
        return neap_err_set(err, NEAP_ENOMEM,
                            "no memory for the critical path of %zu nodes",
                            count);
    longest[0] = 0;
    for (size_t i = count; i-- > 0;) {
        uint32_t at = d->list[i];
        longest[at] =
            d->nodes[at].weight + longest[next_on_path(d, at, longest)];
    }
    for (uint32_t i = 1; i <= count; i++)
        if (id == 0 || longest[i] > longest[id])
            id = i;
    *seconds = longest[id];
    for (; id != 0; id = next_on_path(d, id, longest))
        d->list[length++] = id;
    neap_mem_free(d->mem, longest);
    *path = (neap_dag_list){d->list, length};
    return 0;
}

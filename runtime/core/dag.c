/* SPDX-License-Identifier: MIT
 *
 * dag: see dag.h; dag_order.c sorts. */
#include "core/dag_impl.h"

static void set_state(neap_dag *d, uint32_t id, neap_dag_state state)
{
    d->counts[d->nodes[id].state]--;
    d->counts[state]++;
    d->nodes[id].state = (uint8_t)state;
}

static bool ended(const node *n)
{
    return n->state > NEAP_DAG_RUNNING;
}

/* --- the ready heap: its items are ids --- */

/* By priority and rank, both high first, then by age. Room was reserved by
 * start: this cannot fail. */
static void push(neap_dag *d, uint32_t id)
{
    const node *n = &d->nodes[id];
    neap_heap_entry entry = {neap_heap_key(-n->priority),
                             neap_heap_key(-n->rank), id,
                             (void *)(uintptr_t)id};
    neap_heap_push(&d->ready, entry, NULL);
}

/* The ranks of ready nodes have changed. */
static void push_again(neap_dag *d)
{
    size_t count = d->ready.count;
    d->ready.count = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t id = (uint32_t)d->ready.entries[i].order;
        if (d->nodes[id].state == NEAP_DAG_READY)
            push(d, id);
    }
}

static void make_ready(neap_dag *d, uint32_t id)
{
    set_state(d, id, NEAP_DAG_READY);
    push(d, id);
}

/* --- building --- */

neap_dag *neap_dag_new(const neap_mem *mem)
{
    neap_dag *d = neap_mem_zero(mem, 1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->mem = mem;
    neap_heap_init(&d->ready, NULL, mem);
    return d;
}

void neap_dag_free(neap_dag *d)
{
    if (d == NULL)
        return;
    neap_heap_deinit(&d->ready);
    neap_mem_free(d->mem, d->nodes);
    neap_mem_free(d->mem, d->edges);
    neap_mem_free(d->mem, d->list);
    neap_mem_free(d->mem, d->degree);
    neap_mem_free(d->mem, d);
}

/* `array` with room for one more behind `count` ([0] is there but unused), or
 * NULL: then it is as before. */
static void *grow(const neap_dag *d, void *array, uint32_t *room,
                  uint32_t count, size_t size, const char *what, neap_err *err)
{
    uint32_t wanted = *room == 0 ? 64 : *room * 2;
    if (count + 1 < *room)
        return array;
    if (count >= NEAP_DAG_MAX) {
        neap_err_set(err, NEAP_ELIMIT, "a graph holds at most %u %s",
                     NEAP_DAG_MAX, what);
        return NULL;
    }
    array = neap_mem_resize(d->mem, array, wanted * size);
    if (array == NULL)
        neap_err_set(err, NEAP_ENOMEM, "no memory for %u %s", wanted, what);
    else
        *room = wanted;
    return array;
}

int neap_dag_add(uint32_t *id, neap_dag *d, double priority, neap_err *err)
{
    node *nodes = grow(d, d->nodes, &d->node_room, d->node_count, sizeof *nodes,
                       "nodes", err);
    if (nodes == NULL)
        return d->node_count < NEAP_DAG_MAX ? NEAP_ENOMEM : NEAP_ELIMIT;
    d->nodes = nodes;
    *id = ++d->node_count;
    d->nodes[*id] = (node){.priority = priority, .weight = 1};
    d->counts[NEAP_DAG_WAITING]++;
    return 0;
}

static int no_node(const neap_dag *d, uint32_t id, neap_err *err)
{
    if (id >= 1 && id <= d->node_count)
        return 0;
    return neap_err_set(err, NEAP_EINVAL, "the graph has no node %u", id);
}

int neap_dag_need(neap_dag *d, uint32_t id, uint32_t on, neap_dag_mode mode,
                  neap_err *err)
{
    uint32_t e;
    node *n, *of;
    edge *edges;
    if (no_node(d, id, err) != 0 || no_node(d, on, err) != 0)
        return NEAP_EINVAL;
    if (id <= d->started_nodes)
        return neap_err_set(err, NEAP_EINVAL,
                            "node %u is already part of the started plan", id);
    edges = grow(d, d->edges, &d->edge_room, d->edge_count, sizeof *edges,
                 "needs", err);
    if (edges == NULL)
        return d->edge_count < NEAP_DAG_MAX ? NEAP_ENOMEM : NEAP_ELIMIT;
    d->edges = edges;
    e = ++d->edge_count;
    n = &d->nodes[id];
    of = &d->nodes[on];
    d->edges[e] = (edge){.id = id, .on = on, .next_need = n->needs};
    d->edges[e].mode = (uint32_t)mode & 3;
    n->needs = e;
    if (of->dependents == 0)
        of->dependents = e;
    else
        d->edges[of->last_dependent].next_dependent = e & NEAP_DAG_MAX;
    of->last_dependent = e;
    return 0;
}

int neap_dag_weigh(neap_dag *d, uint32_t id, double seconds, neap_err *err)
{
    if (no_node(d, id, err) != 0)
        return NEAP_EINVAL;
    d->nodes[id].weight = seconds;
    return 0;
}

int neap_dag_check(neap_dag_list *cycle, neap_dag *d, neap_err *err)
{
    uint32_t first = d->started_nodes + 1;
    size_t count;
    int rc = neap_dag__sort(&count, d, first, err);
    *cycle = (neap_dag_list){NULL, 0};
    if (rc == NEAP_ECYCLE)
        *cycle = neap_dag__cycle(d, first);
    return rc;
}

/* --- the end of a node --- */

static void skip(neap_dag *d, uint32_t id, uint32_t cause)
{
    set_state(d, id, NEAP_DAG_SKIPPED);
    d->nodes[id].cause = cause;
    if (d->tell == 0)
        d->tell = id;
    else
        d->nodes[d->last_skipped].next_skipped = id;
    if (d->spread == 0)
        d->spread = id;
    d->last_skipped = id;
}

static void tell_dependents(neap_dag *d, uint32_t id)
{
    const node *n = &d->nodes[id];
    uint32_t cause = n->cause != 0 ? n->cause : id;
    for (uint32_t e = n->dependents; e != 0; e = d->edges[e].next_dependent) {
        uint32_t to = d->edges[e].id;
        if (to > d->started_nodes || ended(&d->nodes[to]))
            continue;
        if (n->state != NEAP_DAG_COMPLETED && d->edges[e].mode == NEAP_DAG_HARD)
            skip(d, to, cause);
        else if (--d->nodes[to].unmet == 0)
            make_ready(d, to);
    }
}

static void spread(neap_dag *d)
{
    for (; d->spread != 0; d->spread = d->nodes[d->spread].next_skipped)
        tell_dependents(d, d->spread);
}

int neap_dag_done(neap_dag *d, uint32_t id, neap_dag_state state, neap_err *err)
{
    if (no_node(d, id, err) != 0)
        return NEAP_EINVAL;
    if (ended(&d->nodes[id]))
        return neap_err_set(err, NEAP_EINVAL, "node %u has ended before", id);
    set_state(d, id, state);
    if (id <= d->started_nodes) {
        tell_dependents(d, id);
        spread(d);
    }
    return 0;
}

/* --- start --- */

/* What was added since the last start was never there. */
static void take_back(neap_dag *d)
{
    for (uint32_t e = d->started_edges + 1; e <= d->edge_count; e++) {
        node *of = &d->nodes[d->edges[e].on];
        uint32_t at = of->dependents, last = 0;
        for (; at != 0 && at <= d->started_edges;
             at = d->edges[at].next_dependent)
            last = at;
        of->last_dependent = last;
        if (last == 0)
            of->dependents = 0;
        else
            d->edges[last].next_dependent = 0;
    }
    for (uint32_t id = d->started_nodes + 1; id <= d->node_count; id++)
        d->counts[d->nodes[id].state]--;
    d->node_count = d->started_nodes;
    d->edge_count = d->started_edges;
}

/* Count the unmet needs of what was added; the nodes that a hard need dooms
 * get their cause. No state changes yet. */
static void weigh_needs(neap_dag *d)
{
    for (uint32_t e = d->started_edges + 1; e <= d->edge_count; e++) {
        node *n = &d->nodes[d->edges[e].id];
        uint32_t on = d->edges[e].on;
        const node *of = &d->nodes[on];
        if (!ended(of))
            n->unmet++;
        else if (of->state != NEAP_DAG_COMPLETED && !ended(n) &&
                 d->edges[e].mode == NEAP_DAG_HARD && n->cause == 0)
            n->cause = of->cause != 0 ? of->cause : on;
    }
}

static void join(neap_dag *d)
{
    uint32_t first = d->started_nodes + 1;
    weigh_needs(d);
    d->started_nodes = d->node_count;
    d->started_edges = d->edge_count;
    for (uint32_t id = first; id <= d->node_count; id++) {
        node *n = &d->nodes[id];
        if (ended(n))
            continue;
        if (n->cause != 0)
            skip(d, id, n->cause);
        else if (n->unmet == 0)
            make_ready(d, id);
    }
    spread(d);
}

int neap_dag_start(neap_dag_list *cycle, neap_dag *d, neap_err *err)
{
    int rc = neap_dag_check(cycle, d, err);
    if (rc == 0)
        rc = neap_heap_reserve(&d->ready, d->node_count, err);
    if (rc != 0) {
        take_back(d);
        return rc;
    }
    if (neap_dag__rank(d, d->started_nodes + 1))
        push_again(d);
    join(d);
    return 0;
}

/* --- running --- */

/* An entry whose node has ended meanwhile is passed over. */
uint32_t neap_dag_pop(neap_dag *d)
{
    uint32_t id;
    do
        id = (uint32_t)(uintptr_t)neap_heap_pop(&d->ready);
    while (id != 0 && d->nodes[id].state != NEAP_DAG_READY);
    if (id != 0)
        set_state(d, id, NEAP_DAG_RUNNING);
    return id;
}

int neap_dag_unpop(neap_dag *d, uint32_t id, neap_err *err)
{
    if (no_node(d, id, err) != 0)
        return NEAP_EINVAL;
    if (d->nodes[id].state != NEAP_DAG_RUNNING)
        return neap_err_set(err, NEAP_EINVAL, "node %u is not running", id);
    make_ready(d, id);
    return 0;
}

uint32_t neap_dag_skipped(uint32_t *cause, neap_dag *d)
{
    uint32_t id = d->tell;
    if (id != 0) {
        *cause = d->nodes[id].cause;
        d->tell = d->nodes[id].next_skipped;
    }
    return id;
}

/* --- looking --- */

size_t neap_dag_count(const neap_dag *d, neap_dag_state state)
{
    return d->counts[state];
}

size_t neap_dag_total(const neap_dag *d)
{
    return d->node_count;
}

bool neap_dag_finished(const neap_dag *d)
{
    return d->counts[NEAP_DAG_WAITING] + d->counts[NEAP_DAG_READY] +
               d->counts[NEAP_DAG_RUNNING] ==
           0;
}

neap_dag_state neap_dag_state_of(const neap_dag *d, uint32_t id)
{
    if (no_node(d, id, NULL) != 0)
        return NEAP_DAG_STATES;
    return (neap_dag_state)d->nodes[id].state;
}

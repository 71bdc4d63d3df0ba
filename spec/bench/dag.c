/* SPDX-License-Identifier: MIT
 *
 * dag: a random graph of a million nodes and two needs each, built, started
 * and run to its end. The baseline sorts the same graph, from flat arrays,
 * without priorities, states or failures: the least that anybody must do. */
#include "core/dag.h"
#include "base/rng.h"
#include "bench.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct graph {
    uint32_t nodes, edges;
    uint32_t *id, *on;
} graph;

typedef struct meter {
    size_t held, peak;
} meter;

static void *resize(void *ud, void *ptr, size_t size)
{
    meter *m = ud;
    m->held -= ptr != NULL ? malloc_usable_size(ptr) : 0;
    if (size == 0) {
        free(ptr);
        return NULL;
    }
    ptr = realloc(ptr, size);
    m->held += malloc_usable_size(ptr);
    m->peak = m->held > m->peak ? m->held : m->peak;
    return ptr;
}

/* Needs are on any older node, so memory is met in no order at all. */
static graph random_graph(uint32_t nodes)
{
    graph g = {nodes, 0, NULL, NULL};
    neap_rng rng;
    neap_rng_init(&rng, 1);
    g.id = malloc(2 * nodes * sizeof *g.id);
    g.on = malloc(2 * nodes * sizeof *g.on);
    for (uint32_t i = 2; i <= nodes; i++) {
        for (int k = 0; k < 2; k++, g.edges++) {
            g.id[g.edges] = i;
            g.on[g.edges] = 1 + (uint32_t)(neap_rng_next(&rng) % (i - 1));
        }
    }
    return g;
}

static double run_dag(const graph *g, meter *m)
{
    neap_mem mem = {resize, m};
    neap_dag_list cycle;
    uint32_t id, ran = 0;
    double began = bench_now();
    neap_dag *d = neap_dag_new(&mem);
    for (uint32_t i = 0; i < g->nodes; i++)
        neap_dag_add(&id, d, 0, NULL);
    for (uint32_t e = 0; e < g->edges; e++)
        neap_dag_need(d, g->id[e], g->on[e], NEAP_DAG_HARD, NULL);
    neap_dag_start(&cycle, d, NULL);
    for (; (id = neap_dag_pop(d)) != 0; ran++)
        neap_dag_done(d, id, NEAP_DAG_COMPLETED, NULL);
    if (ran != g->nodes || !neap_dag_finished(d))
        abort();
    neap_dag_free(d);
    return bench_now() - began;
}

static double run_baseline(const graph *g)
{
    double began = bench_now();
    uint32_t count = g->nodes + 2, found = 0;
    uint32_t *from = calloc(count, sizeof *from);
    uint32_t *to = malloc(g->edges * sizeof *to);
    uint32_t *degree = calloc(count, sizeof *degree);
    uint32_t *queue = malloc(count * sizeof *queue);
    for (uint32_t e = 0; e < g->edges; e++) {
        from[g->on[e]]++;
        degree[g->id[e]]++;
    }
    for (uint32_t i = 1; i < count; i++)
        from[i] += from[i - 1];
    for (uint32_t e = 0; e < g->edges; e++)
        to[--from[g->on[e]]] = g->id[e];
    for (uint32_t i = 1; i <= g->nodes; i++)
        if (degree[i] == 0)
            queue[found++] = i;
    for (uint32_t i = 0; i < found; i++)
        for (uint32_t e = from[queue[i]]; e < from[queue[i] + 1]; e++)
            if (--degree[to[e]] == 0)
                queue[found++] = to[e];
    if (found != g->nodes)
        abort();
    free(from);
    free(to);
    free(degree);
    free(queue);
    return bench_now() - began;
}

int main(int argc, char **argv)
{
    uint32_t nodes = argc > 1 ? (uint32_t)atoi(argv[1]) : 1000000;
    double dag[BENCH_ROUNDS], baseline[BENCH_ROUNDS], s, base;
    graph g = random_graph(nodes);
    meter m = {0, 0};
    for (int i = 0; i < BENCH_ROUNDS; i++) {
        baseline[i] = run_baseline(&g);
        dag[i] = run_dag(&g, &m);
    }
    s = bench_median(dag);
    base = bench_median(baseline);
    printf("{\"bench\":\"dag\",\"nodes\":%u,\"edges\":%u,\"seconds\":%.3f,"
           "\"ns_per_edge\":%.0f,\"bytes_per_node\":%.0f,"
           "\"baseline\":\"flat topological sort\",\"baseline_seconds\":%.3f,"
           "\"ratio\":%.2f}\n",
           g.nodes, g.edges, s, s * 1e9 / g.edges, (double)m.peak / g.nodes,
           base, s / base);
    free(g.id);
    free(g.on);
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * timerq: which deadlines are due, and in what order.
 *
 * Owns: a heap of entries that lie in their users' memory. Refuses to know:
 * the clock (`now` is an argument) and what a deadline is for. Uses:
 * base/heap, core/duration.
 *
 * Equal deadlines come due in the order they were started. All that are due
 * move to a ready list before the first is acted on, so that an action which
 * starts another deadline for "now" cannot starve whoever drives the queue.
 * Queues on different clocks may share one ready list.
 *
 *   at rest ──start──▶ waiting ──collect──▶ ready ──take──▶ at rest
 *      ▲────────stop─────┴───────────────────┘
 */
#ifndef NEAP_CORE_TIMERQ_H
#define NEAP_CORE_TIMERQ_H

#include "base/heap.h"
#include "core/duration.h"

#include <stdbool.h>

typedef struct neap_timerq {
    neap_heap heap;
    uint64_t started; /* how many ever were: the order of equals */
} neap_timerq;

typedef struct neap_timerq_list {
    struct neap_timerq_entry *first, *last; /* borrowed */
} neap_timerq_list;

/* The user's memory; {0} is at rest. The fields are the queue's. */
typedef struct neap_timerq_entry {
    size_t index;
    neap_timerq *queue;     /* where it waits, or NULL */
    neap_timerq_list *list; /* where it is ready, or NULL */
    struct neap_timerq_entry *prev, *next;
} neap_timerq_entry;

/* The queue may not move in memory while entries wait in it; nor may a list.
 * `mem` (borrowed) may be NULL. */
void neap_timerq_init(neap_timerq *q, const neap_mem *mem);
/* What still waits is at rest after it. */
void neap_timerq_deinit(neap_timerq *q);

/* Wait for `at`; one that waits or is ready starts over. NEAP_ENOMEM: at
 * rest. */
int neap_timerq_start(neap_timerq *q, neap_timerq_entry *entry, int64_t at,
                      neap_err *err);
/* To rest, from anywhere. */
void neap_timerq_stop(neap_timerq_entry *entry);
bool neap_timerq_active(const neap_timerq_entry *entry);

/* The next deadline, or NEAP_NEVER. */
int64_t neap_timerq_next(const neap_timerq *q);
size_t neap_timerq_count(const neap_timerq *q);
/* Append all whose deadline is at or before `now` to `list`. */
void neap_timerq_collect(neap_timerq *q, neap_timerq_list *list, int64_t now);
/* The first of `list`, which is then at rest; NULL: none. Borrowed. */
neap_timerq_entry *neap_timerq_take(neap_timerq_list *list);

#endif

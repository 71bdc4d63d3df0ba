/* SPDX-License-Identifier: MIT
 *
 * heap: order, ties, removal from the middle, no memory. */
#include "unit.h"

#include "base/heap.h"
#include "base/heap_that_fails.h"
#include "base/rng.h"

#include <stdbool.h>

typedef struct item {
    int key;
    int born;
    size_t index;
} item;

static int by_key(const void *a, const void *b, void *ud)
{
    (void)ud;
    return ((const item *)a)->key - ((const item *)b)->key;
}

static void remember(void *x, size_t index, void *ud)
{
    (void)ud;
    ((item *)x)->index = index;
}

static void equal_items_leave_as_they_came(void **state)
{
    item items[64];
    neap_heap heap;
    int key = -1, born = -1;
    (void)state;
    neap_heap_init(&heap, by_key, remember, NULL, NULL);
    assert_null(neap_heap_peek(&heap));
    assert_null(neap_heap_pop(&heap));
    for (int i = 0; i < 64; i++) {
        items[i] = (item){(i * 7) % 4, i, 0};
        assert_int_equal(neap_heap_push(&heap, &items[i], NULL), 0);
    }
    for (int i = 0; i < 64; i++) {
        item *next = neap_heap_peek(&heap);
        assert_ptr_equal(neap_heap_pop(&heap), next);
        assert_int_equal(next->index, NEAP_HEAP_OUT);
        assert_true(next->key > key || (next->key == key && next->born > born));
        key = next->key;
        born = next->born;
    }
    neap_heap_deinit(&heap);
}

/* Push, pop, remove and move at random, beside a search of the whole array. */
static void any_item_can_be_removed_or_moved(void **state)
{
    enum { COUNT = 40 };
    item items[COUNT];
    neap_heap heap;
    neap_rng rng;
    (void)state;
    neap_rng_init(&rng, 1);
    neap_heap_init(&heap, by_key, remember, NULL, NULL);
    for (int i = 0; i < COUNT; i++)
        items[i].index = NEAP_HEAP_OUT;
    for (int turn = 0; turn < 20000; turn++) {
        item *x = &items[neap_rng_next(&rng) % COUNT];
        const item *first = NULL;
        if (x->index == NEAP_HEAP_OUT) {
            x->key =
                (int)(neap_rng_next(&rng) % 1000) * COUNT + (int)(x - items);
            neap_heap_push(&heap, x, NULL);
        } else if (turn % 3 == 0) {
            x->key =
                (int)(neap_rng_next(&rng) % 1000) * COUNT + (int)(x - items);
            neap_heap_moved(&heap, x->index);
        } else {
            assert_ptr_equal(neap_heap_remove(&heap, x->index), x);
        }
        for (int i = 0; i < COUNT; i++)
            if (items[i].index != NEAP_HEAP_OUT &&
                (first == NULL || items[i].key < first->key))
                first = &items[i];
        assert_ptr_equal(neap_heap_peek(&heap), first);
    }
    neap_heap_deinit(&heap);
}

static void no_memory_leaves_it_as_it_was(void **state)
{
    heap_that_fails memory;
    item x = {1, 0, NEAP_HEAP_OUT};
    neap_err err = NEAP_ERR_INIT;
    neap_heap heap;
    (void)state;
    heap_init(&memory, 0);
    neap_heap_init(&heap, by_key, remember, NULL, &memory.mem);
    assert_int_equal(neap_heap_push(&heap, &x, &err), NEAP_ENOMEM);
    assert_int_equal(err.code, NEAP_ENOMEM);
    assert_int_equal(x.index, NEAP_HEAP_OUT);
    assert_null(neap_heap_peek(&heap));
    memory.left = 1;
    assert_int_equal(neap_heap_reserve(&heap, 100, NULL), 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(neap_heap_push(&heap, &x, NULL), 0);
    assert_int_equal(neap_heap_push(&heap, &x, NULL), NEAP_ENOMEM);
    neap_heap_deinit(&heap);
    assert_int_equal(memory.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_items_leave_as_they_came),
        cmocka_unit_test(any_item_can_be_removed_or_moved),
        cmocka_unit_test(no_memory_leaves_it_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * heap: order, ties, removal from the middle, no memory. */
#include "unit.h"

#include "base/heap.h"
#include "base/heap_that_fails.h"
#include "base/rng.h"

#include <math.h>

typedef struct item {
    int key;
    size_t index;
} item;

static void remember(void *x, size_t index)
{
    ((item *)x)->index = index;
}

static int push(neap_heap *heap, item *x, uint64_t order)
{
    neap_heap_entry entry = {x->key / 10, x->key % 10, order, x};
    return neap_heap_push(heap, entry, NULL);
}

static void equal_items_leave_in_their_order(void **state)
{
    item items[64];
    neap_heap heap;
    int key = -1;
    uint64_t order = 0;
    (void)state;
    neap_heap_init(&heap, remember, NULL);
    assert_null(neap_heap_peek(&heap));
    assert_null(neap_heap_pop(&heap));
    for (int i = 0; i < 64; i++) {
        items[i] = (item){(i * 7) % 23, 0};
        assert_int_equal(push(&heap, &items[i], (uint64_t)i), 0);
    }
    for (int i = 0; i < 64; i++) {
        neap_heap_entry next = *neap_heap_peek(&heap);
        item *x = neap_heap_pop(&heap);
        assert_ptr_equal(x, next.item);
        assert_int_equal(x->index, NEAP_HEAP_OUT);
        assert_true(x->key > key || (x->key == key && next.order > order));
        key = x->key;
        order = next.order;
    }
    neap_heap_deinit(&heap);
}

/* Push, pop and remove at random, beside a search of the whole array. */
static void any_item_can_be_removed(void **state)
{
    enum { COUNT = 40 };
    item items[COUNT];
    neap_heap heap;
    neap_rng rng;
    (void)state;
    neap_rng_init(&rng, 1);
    neap_heap_init(&heap, remember, NULL);
    for (int i = 0; i < COUNT; i++)
        items[i].index = NEAP_HEAP_OUT;
    for (int turn = 0; turn < 20000; turn++) {
        int which = (int)(neap_rng_next(&rng) % COUNT), first = -1;
        item *x = &items[which];
        if (x->index == NEAP_HEAP_OUT) {
            x->key = (int)(neap_rng_next(&rng) % 100);
            push(&heap, x, (uint64_t)which);
        } else {
            assert_ptr_equal(neap_heap_remove(&heap, x->index), x);
        }
        for (int i = 0; i < COUNT; i++)
            if (items[i].index != NEAP_HEAP_OUT &&
                (first < 0 || items[i].key < items[first].key))
                first = i;
        if (first < 0)
            assert_null(neap_heap_peek(&heap));
        else
            assert_ptr_equal(neap_heap_peek(&heap)->item, &items[first]);
    }
    neap_heap_deinit(&heap);
}

static void keys_sort_as_their_numbers(void **state)
{
    static const double values[] = {-HUGE_VAL, -1e300, -2, -1,    -1e-300, 0,
                                    1e-300,    1,      2,  1e300, HUGE_VAL};
    (void)state;
    for (size_t i = 1; i < sizeof values / sizeof *values; i++)
        assert_true(neap_heap_key(values[i - 1]) < neap_heap_key(values[i]));
    assert_true(neap_heap_key(-0.0) == neap_heap_key(0.0));
}

static void no_memory_leaves_it_as_it_was(void **state)
{
    heap_that_fails memory;
    item x = {1, NEAP_HEAP_OUT};
    neap_err err = NEAP_ERR_INIT;
    neap_heap heap;
    (void)state;
    heap_init(&memory, 0);
    neap_heap_init(&heap, remember, &memory.mem);
    assert_int_equal(push(&heap, &x, 0), NEAP_ENOMEM);
    assert_int_equal(neap_heap_reserve(&heap, 9, &err), NEAP_ENOMEM);
    assert_int_equal(err.code, NEAP_ENOMEM);
    assert_int_equal(x.index, NEAP_HEAP_OUT);
    assert_null(neap_heap_peek(&heap));
    memory.left = 1;
    assert_int_equal(neap_heap_reserve(&heap, 100, NULL), 0);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(push(&heap, &x, i), 0);
    assert_int_equal(push(&heap, &x, 100), NEAP_ENOMEM);
    neap_heap_deinit(&heap);
    assert_int_equal(memory.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_items_leave_in_their_order),
        cmocka_unit_test(any_item_can_be_removed),
        cmocka_unit_test(keys_sort_as_their_numbers),
        cmocka_unit_test(no_memory_leaves_it_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

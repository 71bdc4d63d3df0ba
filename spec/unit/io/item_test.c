/* SPDX-License-Identifier: MIT
 *
 * An item keeps what is put into it, in order, and gives back all its memory,
 * also when there is none left for the next piece. */
#include "unit.h"

#include "base/heap_that_fails.h"
#include "io/item.h"

static const char hash[] = "0123456789abcdef";
static char large[10000];

/* False as soon as a piece finds no memory. */
static bool fill(neap_item *item)
{
    for (int i = 0; i < 40; i++) {
        neap_event *event = neap_item_add_event(item);
        const char *step = neap_item_copy(item, "step", 4);
        if (event == NULL || step == NULL)
            return false;
        event->field[NEAP_EVENT_STEP] = neap_value_text(step, 4);
        event->field[NEAP_EVENT_ATTEMPT] = neap_value_integer(i);
        if (neap_item_add_guard(item, i, 3) == NULL ||
            neap_item_add_write(item, 100 + i, 0) == NULL)
            return false;
    }
    return neap_item_add_blob(item, hash, large, sizeof large) != NULL;
}

static void keeps_what_is_put_in(void **state)
{
    neap_item *item = neap_item_new("a run", 5, NULL);
    neap_item_call *guard, *write;
    int count = 0;
    (void)state;
    item->fence = 7;
    item->at = 123;
    memset(large, 'x', sizeof large);
    assert_true(fill(item));
    memset(large, 'y', sizeof large);
    guard = item->guards;
    write = item->writes;
    for (neap_event *event = item->events; event; event = event->next) {
        assert_memory_equal(event->field[NEAP_EVENT_RUN].bytes, "a run", 5);
        assert_int_equal(event->field[NEAP_EVENT_ATTEMPT].integer, count);
        assert_int_equal(event->field[NEAP_EVENT_FENCE].integer, 7);
        assert_int_equal(event->field[NEAP_EVENT_AT].integer, 123);
        assert_int_equal(event->field[NEAP_EVENT_CAUSE].type, NEAP_VALUE_NULL);
        assert_int_equal(guard->statement, count);
        assert_int_equal(guard->value[2].type, NEAP_VALUE_NULL);
        assert_int_equal(write->statement, 100 + count);
        guard = guard->next;
        write = write->next;
        count++;
    }
    assert_int_equal(count, 40);
    assert_string_equal(item->blobs->hash, hash);
    assert_int_equal(item->blobs->bytes[9999], 'x');
    assert_true(neap_item_size(item) > sizeof large);
    neap_item_free(item);
}

static void is_aligned_for_anything(void **state)
{
    neap_item *item = neap_item_new("a", 1, NULL);
    (void)state;
    for (size_t size = 1; size < 3000; size += 7) {
        char *memory = neap_item_alloc(item, size);
        assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 1, size);
    }
    neap_item_free(item);
}

static void gives_back_its_memory(void **state)
{
    heap_that_fails heap;
    bool whole = false;
    (void)state;
    for (long left = 0; !whole; left++) {
        neap_item *item;
        heap_init(&heap, left);
        item = neap_item_new("a", 1, &heap.mem);
        whole = item != NULL && fill(item);
        neap_item_free(item);
        assert_int_equal(heap.held, 0);
        assert_true(left < 50);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_is_put_in),
        cmocka_unit_test(is_aligned_for_anything),
        cmocka_unit_test(gives_back_its_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * ring: the end of a stream, against the plain way to take it. */
#include "base/ring.h"

#include "base/heap_that_fails.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void holds(const neap_ring *ring, const char *expected)
{
    char out[64];
    size_t n = neap_ring_copy(ring, out);
    assert_int_equal(n, strlen(expected));
    assert_memory_equal(out, expected, n);
}

static void keeps_the_last_bytes(void **state)
{
    neap_ring ring;
    (void)state;
    neap_ring_init(&ring, 4, NULL);
    holds(&ring, "");
    neap_ring_put(&ring, "ab", 2);
    holds(&ring, "ab");
    neap_ring_put(&ring, "cd", 2);
    holds(&ring, "abcd");
    neap_ring_put(&ring, "e", 1);
    holds(&ring, "bcde");
    neap_ring_put(&ring, "fghijk", 6);
    holds(&ring, "hijk");
    neap_ring_put(&ring, "", 0);
    holds(&ring, "hijk");
    neap_ring_deinit(&ring);
    holds(&ring, "");
    neap_ring_put(&ring, "xyz", 3);
    holds(&ring, "xyz");
    neap_ring_deinit(&ring);
}

static void agrees_with_the_plain_way(void **state)
{
    char stream[4000], out[64];
    (void)state;
    srand(1);
    for (size_t i = 0; i < sizeof stream; i++)
        stream[i] = (char)rand();
    for (size_t size = 0; size <= sizeof out; size += 7) {
        neap_ring ring;
        neap_ring_init(&ring, size, NULL);
        for (size_t at = 0; at < sizeof stream - 100;) {
            size_t n = (size_t)rand() % 100, keep;
            assert_int_equal(neap_ring_put(&ring, stream + at, n), 0);
            at += n;
            keep = at < size ? at : size;
            assert_int_equal(neap_ring_copy(&ring, out), keep);
            assert_int_equal(ring.len, keep);
            assert_memory_equal(out, stream + at - keep, keep);
        }
        neap_ring_deinit(&ring);
    }
}

static void no_memory(void **state)
{
    heap_that_fails heap;
    neap_ring ring;
    (void)state;
    heap_init(&heap, 0);
    neap_ring_init(&ring, 8, &heap.mem);
    assert_int_equal(neap_ring_put(&ring, "abc", 3), NEAP_ENOMEM);
    holds(&ring, "");
    heap.left = 1;
    assert_int_equal(neap_ring_put(&ring, "d", 1), 0);
    holds(&ring, "d");
    neap_ring_deinit(&ring);
    assert_int_equal(heap.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_last_bytes),
        cmocka_unit_test(agrees_with_the_plain_way),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

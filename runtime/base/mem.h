/* SPDX-License-Identifier: MIT
 *
 * mem: where a noun gets its memory.
 *
 * Owns: the one door to the heap, so that a unit can make it fail. Refuses
 * to know: what is kept there. Uses: libc.
 *
 * Whoever takes memory is given a `const neap_mem *` (borrowed for its life);
 * NULL means the libc heap.
 */
#ifndef NEAP_BASE_MEM_H
#define NEAP_BASE_MEM_H

#include <stddef.h>

typedef struct neap_mem {
    /* As realloc(ptr, size); with size 0 it frees and returns NULL. */
    void *(*resize)(void *ud, void *ptr, size_t size);
    void *ud;
} neap_mem;

/* A block of `size` > 0 bytes that begins with the bytes of `ptr` (which may
 * be NULL), or NULL: then `ptr` is as before. */
void *neap_mem_resize(const neap_mem *mem, void *ptr, size_t size);

/* `count` zeroed elements of `size` bytes, or NULL. */
void *neap_mem_zero(const neap_mem *mem, size_t count, size_t size);

void neap_mem_free(const neap_mem *mem, void *ptr); /* NULL is fine */

#endif

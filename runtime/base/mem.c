/* SPDX-License-Identifier: MIT
 *
 * mem: see mem.h. */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *neap_mem_resize(const neap_mem *mem, void *ptr, size_t size)
{
    return mem != NULL ? mem->resize(mem->ud, ptr, size) : realloc(ptr, size);
}

void *neap_mem_zero(const neap_mem *mem, size_t count, size_t size)
{
    void *ptr;
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    ptr = neap_mem_resize(mem, NULL, count * size);
    if (ptr != NULL)
        memset(ptr, 0, count * size);
    return ptr;
}

void neap_mem_free(const neap_mem *mem, void *ptr)
{
    if (mem == NULL)
        free(ptr);
    else if (ptr != NULL)
        mem->resize(mem->ud, ptr, 0);
}

/* SPDX-License-Identifier: MIT
 *
 * value: one cell of a table, on its way in or out.
 *
 * Owns: the five kinds of value a store knows. Refuses to know: SQL and Lua.
 * Uses: libc.
 */
#ifndef NEAP_IO_VALUE_H
#define NEAP_IO_VALUE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef enum neap_value_type {
    NEAP_VALUE_NULL = 0, /* so that zeroed memory is null */
    NEAP_VALUE_INTEGER,
    NEAP_VALUE_REAL,
    NEAP_VALUE_TEXT,
    NEAP_VALUE_BLOB
} neap_value_type;

typedef struct neap_value {
    neap_value_type type;
    size_t len; /* of bytes, for text and blob */
    union {
        int64_t integer;
        double real;
        const char *bytes; /* borrowed; behind a text stands a NUL */
    };
} neap_value;

static inline neap_value neap_value_null(void)
{
    return (neap_value){.type = NEAP_VALUE_NULL};
}

static inline neap_value neap_value_integer(int64_t integer)
{
    return (neap_value){.type = NEAP_VALUE_INTEGER, .integer = integer};
}

static inline neap_value neap_value_real(double real)
{
    return (neap_value){.type = NEAP_VALUE_REAL, .real = real};
}

static inline neap_value neap_value_text(const char *bytes, size_t len)
{
    return (neap_value){.type = NEAP_VALUE_TEXT, .len = len, .bytes = bytes};
}

static inline neap_value neap_value_string(const char *text)
{
    return neap_value_text(text, strlen(text));
}

static inline neap_value neap_value_blob(const void *bytes, size_t len)
{
    return (neap_value){.type = NEAP_VALUE_BLOB, .len = len, .bytes = bytes};
}

#endif

/* SPDX-License-Identifier: MIT
 *
 * json_path: the keys of the tables that json_encode has open.
 *
 * Owns: their order and how they look in an error. Uses: base/buf.
 */
#ifndef NEAP_BIND_JSON_PATH_H
#define NEAP_BIND_JSON_PATH_H

#include "base/buf.h"

typedef struct neap_json_key {
    const char *text; /* borrowed: the table holds the string */
    size_t len;
} neap_json_key;

/* One open table: its address, and where in it we are. */
typedef struct neap_json_frame {
    const void *table;
    neap_json_key key; /* text NULL: an array, at `index` */
    int index;
} neap_json_frame;

/* By bytes, a prefix first. */
void neap_json_sort_keys(neap_json_key *keys, size_t count);

/* Append name.key[index]["odd key"]…; a long way keeps its two ends. */
void neap_json_put_path(neap_buf *out, const char *name,
                        const neap_json_frame *frames, int depth);

#endif

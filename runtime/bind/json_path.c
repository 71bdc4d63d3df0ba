/* SPDX-License-Identifier: MIT
 *
 * json_path: see json_path.h. */
#include "bind/json_path.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int by_bytes(const void *a, const void *b)
{
    const neap_json_key *x = a, *y = b;
    int order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);
    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

void neap_json_sort_keys(neap_json_key *keys, size_t count)
{
    if (count > 24) {
        qsort(keys, count, sizeof *keys, by_bytes);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        neap_json_key k = keys[i];
        size_t j = i;
        for (; j > 0 && by_bytes(&keys[j - 1], &k) > 0; j--)
            keys[j] = keys[j - 1];
        keys[j] = k;
    }
}

static bool is_name(const neap_json_key *k)
{
    for (size_t i = 0; i < k->len; i++) {
        char c = k->text[i], lower = (char)(c | 32);
        if (!((lower >= 'a' && lower <= 'z') || c == '_' ||
              (i > 0 && c >= '0' && c <= '9')))
            return false;
    }
    return k->len > 0;
}

void neap_json_put_path(neap_buf *out, const char *name,
                        const neap_json_frame *frames, int depth)
{
    neap_buf_text(out, name);
    for (int i = 0; i < depth; i++) {
        const neap_json_frame *f;
        if (i == 8 && depth > 16) {
            neap_buf_text(out, "...");
            i = depth - 8;
        }
        f = &frames[i];
        if (f->key.text == NULL)
            neap_buf_printf(out, "[%d]", f->index);
        else if (is_name(&f->key))
            neap_buf_printf(out, ".%.*s", (int)f->key.len, f->key.text);
        else
            neap_buf_printf(out, "[\"%.*s\"]", (int)f->key.len, f->key.text);
    }
}

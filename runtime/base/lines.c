/* SPDX-License-Identifier: MIT
 *
 * lines: see lines.h. */
#include "base/lines.h"

#include <string.h>

enum { KEEP = 64 << 10 }; /* more than this is given back after its line */

void neap_lines_init(neap_lines *lines, size_t limit, neap_lines_fn fn,
                     void *ud, const neap_mem *mem)
{
    lines->limit = limit;
    lines->fn = fn;
    lines->ud = ud;
    lines->cut = false;
    neap_buf_init(&lines->partial, mem);
}

void neap_lines_deinit(neap_lines *lines)
{
    neap_buf_deinit(&lines->partial);
    lines->cut = false;
}

/* More of the line under way. */
static int take(neap_lines *lines, const char *bytes, size_t len)
{
    size_t have = lines->partial.len;
    int code = 0;
    if (lines->cut)
        return 0;
    if (lines->limit != 0 && len > lines->limit - have) {
        len = lines->limit - have;
        lines->cut = true;
    }
    code = neap_buf_append(&lines->partial, bytes, len);
    lines->cut = lines->cut || code != 0;
    return code;
}

static void tell(neap_lines *lines)
{
    neap_buf *partial = &lines->partial;
    bool cut = lines->cut;
    lines->cut = false;
    lines->fn(lines->ud, partial->bytes, partial->len, cut);
    if (partial->cap > KEEP)
        neap_buf_deinit(partial);
    neap_buf_clear(partial);
}

int neap_lines_feed(neap_lines *lines, const char *bytes, size_t len)
{
    int code = 0;
    while (len > 0) {
        const char *end = memchr(bytes, '\n', len);
        size_t n = end != NULL ? (size_t)(end - bytes) : len;
        bool whole = end != NULL && lines->partial.len == 0 && !lines->cut &&
                     (lines->limit == 0 || n <= lines->limit);
        if (whole)
            lines->fn(lines->ud, bytes, n, false);
        else if (take(lines, bytes, n) != 0)
            code = NEAP_ENOMEM;
        if (end != NULL && !whole)
            tell(lines);
        n += end != NULL;
        bytes += n;
        len -= n;
    }
    return code;
}

void neap_lines_end(neap_lines *lines)
{
    if (lines->partial.len > 0 || lines->cut)
        tell(lines);
}

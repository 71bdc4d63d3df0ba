/* SPDX-License-Identifier: MIT
 *
 * buf: see buf.h. */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { FIRST = 64 };

void neap_buf_init(neap_buf *buf, const neap_mem *mem)
{
    *buf = (neap_buf)NEAP_BUF_INIT;
    buf->mem = mem;
}

void neap_buf_deinit(neap_buf *buf)
{
    neap_mem_free(buf->mem, buf->bytes);
    neap_buf_init(buf, buf->mem);
}

static int fail(neap_buf *buf)
{
    buf->failed = true;
    return NEAP_ENOMEM;
}

int neap_buf_reserve(neap_buf *buf, size_t extra)
{
    size_t cap = buf->cap < FIRST ? FIRST : buf->cap;
    char *bytes;
    if (buf->failed)
        return NEAP_ENOMEM;
    if (extra <= buf->cap - buf->len)
        return 0;
    if (extra > SIZE_MAX / 2 - buf->len)
        return fail(buf);
    while (cap < buf->len + extra)
        cap *= 2;
    bytes = neap_mem_resize(buf->mem, buf->bytes, cap);
    if (bytes == NULL)
        return fail(buf);
    buf->bytes = bytes;
    buf->cap = cap;
    return 0;
}

int neap_buf_append(neap_buf *buf, const void *bytes, size_t len)
{
    if (neap_buf_reserve(buf, len) != 0)
        return NEAP_ENOMEM;
    if (len != 0)
        memcpy(buf->bytes + buf->len, bytes, len);
    buf->len += len;
    return 0;
}

int neap_buf_byte(neap_buf *buf, char byte)
{
    if (neap_buf_reserve(buf, 1) != 0)
        return NEAP_ENOMEM;
    buf->bytes[buf->len++] = byte;
    return 0;
}

int neap_buf_text(neap_buf *buf, const char *text)
{
    return neap_buf_append(buf, text, strlen(text));
}

int neap_buf_printf(neap_buf *buf, const char *fmt, ...)
{
    va_list args;
    int len;
    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0 || neap_buf_reserve(buf, (size_t)len + 1) != 0)
        return fail(buf);
    va_start(args, fmt);
    vsnprintf(buf->bytes + buf->len, (size_t)len + 1, fmt, args);
    va_end(args);
    buf->len += (size_t)len;
    return 0;
}

const char *neap_buf_cstr(neap_buf *buf)
{
    if (neap_buf_reserve(buf, 1) != 0)
        return NULL;
    buf->bytes[buf->len] = '\0';
    return buf->bytes;
}

void neap_buf_clear(neap_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

void neap_buf_drop(neap_buf *buf, size_t n)
{
    assert(n <= buf->len);
    buf->len -= n;
    if (n != 0 && buf->len != 0)
        memmove(buf->bytes, buf->bytes + n, buf->len);
}

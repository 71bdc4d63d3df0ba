/* SPDX-License-Identifier: MIT
 *
 * base64: see base64.h. */
#include "base/base64.h"

#include <stdint.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int neap_base64_encode(neap_buf *out, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    char *to;
    if (neap_buf_reserve(out, len / 3 * 4 + 4) != 0)
        return NEAP_ENOMEM;
    to = out->bytes + out->len;
    for (; len > 0; at += 3, to += 4) {
        size_t n = len < 3 ? len : 3;
        uint32_t group = (uint32_t)at[0] << 16 |
                         (n > 1 ? (uint32_t)at[1] << 8 : 0) |
                         (n > 2 ? (uint32_t)at[2] : 0);
        to[0] = alphabet[group >> 18];
        to[1] = alphabet[group >> 12 & 63];
        to[2] = n > 1 ? alphabet[group >> 6 & 63] : '=';
        to[3] = n > 2 ? alphabet[group & 63] : '=';
        out->len += 4;
        len -= n;
    }
    return 0;
}

/* The six bits of a character, or 64. */
static uint32_t bits_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a' + 26);
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0' + 52);
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

int neap_base64_decode(neap_buf *out, const char *text, size_t len)
{
    size_t pad = 0;
    if (len % 4 != 0)
        return NEAP_EINVAL;
    if (neap_buf_reserve(out, len / 4 * 3) != 0)
        return NEAP_ENOMEM;
    if (len > 0 && text[len - 1] == '=')
        pad = text[len - 2] == '=' ? 2 : 1;
    for (size_t i = 0; i < len; i += 4) {
        size_t n = i + 4 < len ? 4 : 4 - pad;
        uint32_t group = 0;
        for (size_t j = 0; j < 4; j++) {
            uint32_t bits = j < n ? bits_of(text[i + j]) : 0;
            if (bits == 64)
                return NEAP_EINVAL;
            group = group << 6 | bits;
        }
        if ((group & (n == 2 ? 0xffffu : n == 3 ? 0xffu : 0)) != 0)
            return NEAP_EINVAL; /* bits that the encoder leaves zero */
        for (size_t j = 0; j + 1 < n; j++)
            out->bytes[out->len++] = (char)(group >> (16 - 8 * j) & 0xff);
    }
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * utf8: see utf8.h. */
#include "base/utf8.h"

#include <stdbool.h>

static bool follows(const unsigned char *at, size_t n)
{
    while (n-- > 0)
        if ((*at++ & 0xc0) != 0x80)
            return false;
    return true;
}

/* Of the second byte of a sequence; RFC 3629, section 4. */
static bool in_range(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second <= 0x9f;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second <= 0x8f;
    default:
        return true;
    }
}

size_t neap_utf8_next(const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t n;
    if (len == 0)
        return 0;
    if (at[0] < 0x80)
        return 1;
    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    n = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (len < n || !follows(at + 1, n - 1) || !in_range(at[0], at[1]))
        return 0;
    return n;
}

size_t neap_utf8_valid(const char *text, size_t len)
{
    size_t at = 0;
    while (at < len) {
        size_t n = neap_utf8_next(text + at, len - at);
        if (n == 0)
            break;
        at += n;
    }
    return at;
}

size_t neap_utf8_put(char out[4], uint32_t point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xc0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xe0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

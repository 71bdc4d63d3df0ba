/* SPDX-License-Identifier: MIT
 *
 * number: see number.h. */
#include "base/number.h"

#include "base/err.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 17, EXACT = 22, SIGNIFICANT = 800 };

static const double WHOLE = 9007199254740992.0; /* 2^53 */

/* The powers of ten that a double holds exactly. */
static const double tens[EXACT + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* --- writing -------------------------------------------------------------- */

/* `count` digits d; the value is 0.d x 10^point. */
typedef struct decimal {
    char digits[24];
    int count;
    int point;
} decimal;

static int put_whole(char *out, uint64_t n)
{
    char reversed[24];
    int len = 0;
    do {
        reversed[len++] = (char)('0' + n % 10);
        n /= 10;
    } while (n != 0);
    for (int i = 0; i < len; i++)
        out[i] = reversed[len - 1 - i];
    return len;
}

/* n / 10^k is exact for n < 2^53 and k <= 22, so the first k that gives the
 * value back gives its shortest form too; 15 digits are never ambiguous. */
static bool short_digits(double value, decimal *d)
{
    for (int k = 1; k <= EXACT; k++) {
        double scaled = value * tens[k];
        uint64_t n;
        if (scaled >= 1e15)
            return false;
        n = (uint64_t)(scaled + 0.5);
        if ((double)n / tens[k] == value) {
            d->count = put_whole(d->digits, n);
            d->point = d->count - k;
            return true;
        }
    }
    return false;
}

/* By printf, whose radix character depends on the locale: skip it. */
static void long_digits(double value, decimal *d)
{
    for (int want = value < DBL_MIN ? 1 : 15; want <= DIGITS; want++) {
        char text[48], again[48];
        const char *at = text;
        snprintf(text, sizeof text, "%.*e", want - 1, value);
        for (d->count = 0; *at != 'e'; at++)
            if (*at >= '0' && *at <= '9')
                d->digits[d->count++] = *at;
        d->point = atoi(at + 1) + 1;
        snprintf(again, sizeof again, "%.*se%d", d->count, d->digits,
                 d->point - d->count);
        if (strtod(again, NULL) == value)
            break;
    }
    while (d->count > 1 && d->digits[d->count - 1] == '0')
        d->count--;
}

static size_t lay_out(char *out, const decimal *d)
{
    char *to = out;
    int n = d->point, k = d->count;
    if (n > 21 || n <= -6) {
        *to++ = d->digits[0];
        if (k > 1) {
            *to++ = '.';
            memcpy(to, d->digits + 1, (size_t)k - 1);
            to += k - 1;
        }
        return (size_t)(to - out) + (size_t)sprintf(to, "e%+d", n - 1);
    }
    if (n <= 0) {
        *to++ = '0';
        *to++ = '.';
        for (; n < 0; n++)
            *to++ = '0';
    }
    for (int i = 0; i < k || i < n; i++) {
        if (i == n && i > 0)
            *to++ = '.';
        *to++ = i < k ? d->digits[i] : '0';
    }
    return (size_t)(to - out);
}

size_t neap_number_format(char out[NEAP_NUMBER_SIZE], double value)
{
    char *to = out;
    decimal d;
    if (!isfinite(value))
        return 0;
    if (value < 0) {
        *to++ = '-';
        value = -value;
    }
    if (value <= WHOLE && value == (double)(uint64_t)value) {
        to += put_whole(to, (uint64_t)value);
    } else {
        if (!short_digits(value, &d))
            long_digits(value, &d);
        to += lay_out(to, &d);
    }
    *to = '\0';
    return (size_t)(to - out);
}

/* --- reading -------------------------------------------------------------- */

/* A number as scanned: `digits` without leading zeros, `exponent` of its last
 * digit; digits beyond SIGNIFICANT only say that they are not all zero. */
typedef struct scan {
    const char *at, *end;
    uint64_t mantissa;
    int count;
    int exponent;
    bool negative, rest;
    char digits[SIGNIFICANT + 24];
} scan;

static bool is_digit(const scan *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static bool accept(scan *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

static bool take_digits(scan *s, int step)
{
    if (!is_digit(s))
        return false;
    for (; is_digit(s); s->at++) {
        char c = *s->at;
        if (s->count == SIGNIFICANT) {
            s->rest = s->rest || c != '0';
            s->exponent += 1 + step;
            continue;
        }
        s->exponent += step;
        if (s->count == 0 && c == '0')
            continue;
        s->digits[s->count++] = c;
        if (s->count <= 19)
            s->mantissa = s->mantissa * 10 + (uint64_t)(c - '0');
    }
    return true;
}

static bool take_exponent(scan *s)
{
    bool negative;
    int n = 0;
    if (!accept(s, 'e') && !accept(s, 'E'))
        return true;
    negative = accept(s, '-');
    if (!negative)
        accept(s, '+');
    if (!is_digit(s))
        return false;
    for (; is_digit(s); s->at++)
        if (n < 1000000)
            n = n * 10 + (*s->at - '0');
    s->exponent += negative ? -n : n;
    return true;
}

static bool take_number(scan *s)
{
    s->negative = accept(s, '-');
    if (!accept(s, '0') && !take_digits(s, 0))
        return false;
    if (accept(s, '.') && !take_digits(s, -1))
        return false;
    return take_exponent(s);
}

static double value_of(scan *s)
{
    if (s->count <= 19 && s->mantissa <= (uint64_t)WHOLE &&
        s->exponent >= -EXACT && s->exponent <= EXACT)
        return s->exponent < 0 ? (double)s->mantissa / tens[-s->exponent]
                               : (double)s->mantissa * tens[s->exponent];
    if (s->count == 0)
        return 0;
    if (s->rest) { /* just above what was kept: it decides a tie */
        s->digits[s->count++] = '1';
        s->exponent--;
    }
    sprintf(s->digits + s->count, "e%d", s->exponent);
    return strtod(s->digits, NULL);
}

int neap_number_parse(const char *text, size_t len, double *value, size_t *used)
{
    scan s;
    bool ok;
    s.at = text;
    s.end = text + len;
    s.mantissa = 0;
    s.count = s.exponent = 0;
    s.rest = false;
    ok = take_number(&s);
    *used = (size_t)(s.at - text);
    if (!ok)
        return NEAP_EINVAL;
    *value = value_of(&s);
    if (s.negative)
        *value = -*value;
    return isfinite(*value) ? 0 : NEAP_ELIMIT;
}

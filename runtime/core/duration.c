/* SPDX-License-Identifier: MIT
 *
 * duration: see duration.h. */
#include "core/duration.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define NANOSECONDS_END   0x1p22             /* seconds; see the header */
#define NANOSECONDS_WHOLE (INT64_C(1) << 53) /* below, a double is exact */

int64_t neap_duration_of(double seconds)
{
    double ns;
    if (isnan(seconds))
        return 0;
    if (fabs(seconds) < NANOSECONDS_END)
        return llround(seconds * 1e9);
    ns = seconds * 1e9;
    if (ns >= 0x1p63)
        return INT64_MAX;
    if (ns < -0x1p63)
        return INT64_MIN;
    return llround(seconds * 1e6) * 1000;
}

double neap_duration_seconds(int64_t duration)
{
    if (duration > -NANOSECONDS_WHOLE && duration < NANOSECONDS_WHOLE)
        return (double)duration / 1e9;
    return (double)(duration / 1000) / 1e6;
}

int64_t neap_duration_add(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return a < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

/* The unit at `text`, in seconds, and the count of its letters; 0: none. */
static double unit_at(size_t *used, const char *text, size_t len)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"ms", 0.001}, {"s", 1},     {"m", 60},
                 {"h", 3600},   {"d", 86400}, {"w", 604800}};
    size_t letters = 0;
    while (letters < len && isalpha((unsigned char)text[letters]))
        letters++;
    *used = letters;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].name) == letters &&
            memcmp(units[i].name, text, letters) == 0)
            return units[i].seconds;
    return 0;
}

/* Digits, and a point with digits after it; the count of bytes read. */
static size_t number_at(double *value, const char *text, size_t len)
{
    size_t at = 0, point = 0;
    double scale = 1;
    *value = 0;
    for (; at < len; at++) {
        if (text[at] >= '0' && text[at] <= '9') {
            *value = *value * 10 + (text[at] - '0');
            scale = point > 0 ? scale * 10 : 1;
        } else if (text[at] == '.' && point == 0 && at > 0) {
            point = at + 1;
        } else {
            break;
        }
    }
    *value /= scale;
    return point == at ? 0 : at;
}

static size_t spaces_at(const char *text, size_t len)
{
    size_t at = 0;
    while (at < len && isspace((unsigned char)text[at]))
        at++;
    return at;
}

int neap_duration_read(int64_t *duration, const char *text, size_t len,
                       neap_err *err)
{
    double total = 0, value, unit;
    size_t at = spaces_at(text, len), used;
    do {
        used = number_at(&value, text + at, len - at);
        if (used == 0)
            goto fail;
        at += used;
        at += spaces_at(text + at, len - at);
        unit = unit_at(&used, text + at, len - at);
        if (unit == 0)
            goto fail;
        at += used;
        at += spaces_at(text + at, len - at);
        total += value * unit;
    } while (at < len);
    *duration = neap_duration_of(total);
    return 0;
fail:
    return neap_err_set(err, NEAP_EINVAL,
                        "\"%.*s\" is not a duration like \"90s\" or "
                        "\"1h30m\" (units: ms, s, m, h, d, w)",
                        (int)(len < 40 ? len : 40), text);
}

/* SPDX-License-Identifier: MIT
 *
 * json: see json.h. */
#include "base/json.h"

#include "base/base64.h"
#include "base/number.h"
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

/* --- writing -------------------------------------------------------------- */

/* What follows the backslash; 'u' = \u00XX, 0 = c stands for itself. */
static inline char escape_of(unsigned char c)
{
    if (c < 0x20)
        return "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu"[c];
    return c == '"' || c == '\\' ? (char)c : 0;
}

int neap_json_put_number(neap_buf *out, double value)
{
    size_t len;
    if (neap_buf_reserve(out, NEAP_NUMBER_SIZE) != 0)
        return NEAP_ENOMEM;
    len = neap_number_format(out->bytes + out->len, value);
    out->len += len;
    return len != 0 ? 0 : NEAP_EINVAL;
}

static void put_escape(neap_buf *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    char e = escape_of(c);
    char text[6] = {'\\', e, '0', '0', hex[c >> 4], hex[c & 15]};
    neap_buf_append(out, text, e == 'u' ? 6 : 2);
}

int neap_json_put_string(neap_buf *out, const char *text, size_t len)
{
    size_t from = 0, at = 0;
    neap_buf_reserve(out, len + 2);
    neap_buf_byte(out, '"');
    while (at < len) {
        unsigned char c = (unsigned char)text[at];
        size_t n = 1;
        if (c >= 0x80) {
            n = neap_utf8_next(text + at, len - at);
            if (n == 0)
                return NEAP_EINVAL;
        } else if (escape_of(c) != 0) {
            neap_buf_append(out, text + from, at - from);
            put_escape(out, c);
            from = at + 1;
        }
        at += n;
    }
    neap_buf_append(out, text + from, at - from);
    return neap_buf_byte(out, '"');
}

int neap_json_put_bytes(neap_buf *out, const void *bytes, size_t len)
{
    neap_buf_text(out, "{\"" NEAP_JSON_BYTES "\":\"");
    neap_base64_encode(out, bytes, len);
    return neap_buf_text(out, "\"}");
}

/* --- reading -------------------------------------------------------------- */

enum { VALUE, FIRST, AFTER, DONE }; /* what may come next */

void neap_json_init(neap_json *json, const char *text, size_t len,
                    neap_buf *scratch)
{
    json->at = json->depth = json->string_len = 0;
    json->string = NULL;
    json->number = 0;
    json->text = text;
    json->len = len;
    json->scratch = scratch;
    json->expect = VALUE;
}

static int fail(neap_json *json, neap_err *err, int code, const char *what)
{
    json->expect = DONE;
    if (code == NEAP_EINVAL && json->at >= json->len)
        what = "the text ends too early";
    return neap_err_set(err, code, "JSON: %s at offset %zu", what, json->at);
}

static void skip_space(neap_json *json)
{
    while (json->at < json->len) {
        char c = json->text[json->at];
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return;
        json->at++;
    }
}

static bool accept(neap_json *json, char c)
{
    if (json->at == json->len || json->text[json->at] != c)
        return false;
    json->at++;
    return true;
}

/* Four hex digits at the offset, or -1. */
static int32_t take_hex(neap_json *json)
{
    int32_t value = 0;
    if (json->len - json->at < 4) {
        json->at = json->len;
        return -1;
    }
    for (int i = 0; i < 4; i++, json->at++) {
        char c = json->text[json->at];
        if (c >= '0' && c <= '9')
            value = value << 4 | (c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            value = value << 4 | ((c | 32) - 'a' + 10);
        else
            return -1;
    }
    return value;
}

static int take_unicode(neap_json *json, neap_err *err)
{
    char bytes[4];
    int32_t point = take_hex(json);
    if (point >= 0xd800 && point < 0xdc00) {
        int32_t low = -1;
        if (accept(json, '\\') && accept(json, 'u'))
            low = take_hex(json);
        point = low >= 0xdc00 && low < 0xe000
                    ? 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00)
                    : -1;
    } else if (point >= 0xdc00 && point < 0xe000) {
        point = -1;
    }
    if (point < 0)
        return fail(json, err, NEAP_EINVAL, "a \\u escape of no character");
    return neap_buf_append(json->scratch, bytes,
                           neap_utf8_put(bytes, (uint32_t)point));
}

static int take_escape(neap_json *json, neap_err *err)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found;
    if (accept(json, 'u'))
        return take_unicode(json, err);
    found = json->at < json->len && json->text[json->at] != '\0'
                ? strchr(from, json->text[json->at])
                : NULL;
    if (found == NULL)
        return fail(json, err, NEAP_EINVAL, "an unknown escape");
    json->at++;
    return neap_buf_byte(json->scratch, to[found - from]);
}

/* A run of plain characters; stops at a quote, a backslash or trouble. */
static void skip_plain(neap_json *json)
{
    const char *text = json->text;
    size_t at = json->at, len = json->len;
    while (at < len) {
        unsigned char c = (unsigned char)text[at];
        size_t n = 1;
        if (c >= 0x80)
            n = neap_utf8_next(text + at, len - at);
        else if (escape_of(c) != 0)
            n = 0;
        if (n == 0)
            break;
        at += n;
    }
    json->at = at;
}

/* The rest of a string behind its opening quote. */
static int take_string(neap_json *json, neap_err *err)
{
    neap_buf *scratch = json->scratch;
    size_t from = json->at;
    skip_plain(json);
    json->string = json->text + from;
    json->string_len = json->at - from;
    if (accept(json, '"'))
        return 0;
    neap_buf_clear(scratch);
    neap_buf_append(scratch, json->string, json->string_len);
    while (!accept(json, '"')) {
        int code;
        if (!accept(json, '\\'))
            return fail(json, err, NEAP_EINVAL,
                        json->at < json->len && (json->text[json->at] & 0x80)
                            ? "invalid UTF-8"
                            : "a control character in a string");
        code = take_escape(json, err);
        if (code != 0 && !scratch->failed)
            return code;
        from = json->at;
        skip_plain(json);
        neap_buf_append(scratch, json->text + from, json->at - from);
    }
    json->string = scratch->bytes;
    json->string_len = scratch->len;
    return scratch->failed ? fail(json, err, NEAP_ENOMEM, "out of memory") : 0;
}

static int open(neap_json *json, bool object, neap_err *err)
{
    if (json->depth == NEAP_JSON_DEEPEST)
        return fail(json, err, NEAP_ELIMIT, "nested deeper than 216");
    json->in_object[json->depth++] = object;
    json->at++;
    json->expect = FIRST;
    return object ? NEAP_JSON_OBJECT : NEAP_JSON_ARRAY;
}

static int take_word(neap_json *json, const char *word, int token,
                     neap_err *err)
{
    for (; *word != '\0'; word++)
        if (!accept(json, *word))
            return fail(json, err, NEAP_EINVAL, "expected a value");
    return token;
}

static int take_number(neap_json *json, neap_err *err)
{
    size_t used;
    int code = neap_number_parse(json->text + json->at, json->len - json->at,
                                 &json->number, &used);
    if (code == NEAP_ELIMIT)
        return fail(json, err, code, "a number beyond a double");
    json->at += used;
    if (code != 0)
        return fail(json, err, code,
                    used ? "a number breaks off" : "expected a value");
    return NEAP_JSON_NUMBER;
}

static int take_value(neap_json *json, neap_err *err)
{
    int code;
    json->expect = AFTER;
    switch (json->at < json->len ? json->text[json->at] : '\0') {
    case '{':
        return open(json, true, err);
    case '[':
        return open(json, false, err);
    case '"':
        json->at++;
        code = take_string(json, err);
        return code != 0 ? code : NEAP_JSON_STRING;
    case 't':
        return take_word(json, "true", NEAP_JSON_TRUE, err);
    case 'f':
        return take_word(json, "false", NEAP_JSON_FALSE, err);
    case 'n':
        return take_word(json, "null", NEAP_JSON_NULL, err);
    default:
        return take_number(json, err);
    }
}

static int take_key(neap_json *json, neap_err *err)
{
    int code;
    if (!accept(json, '"'))
        return fail(json, err, NEAP_EINVAL, "expected a key");
    code = take_string(json, err);
    if (code != 0)
        return code;
    skip_space(json);
    if (!accept(json, ':'))
        return fail(json, err, NEAP_EINVAL, "expected ':'");
    json->expect = VALUE;
    return NEAP_JSON_KEY;
}

int neap_json_next(neap_json *json, neap_err *err)
{
    bool object = json->depth > 0 && json->in_object[json->depth - 1];
    if (json->len > NEAP_JSON_SIZE)
        return fail(json, err, NEAP_ELIMIT, "a text above 256 MiB");
    if (json->expect == DONE)
        return fail(json, err, NEAP_EINVAL, "read on after an error");
    skip_space(json);
    if (json->expect == VALUE)
        return take_value(json, err);
    if (json->depth == 0)
        return json->at == json->len ? NEAP_JSON_END
                                     : fail(json, err, NEAP_EINVAL,
                                            "something follows the value");
    if (accept(json, object ? '}' : ']')) {
        json->depth--;
        json->expect = AFTER;
        return object ? NEAP_JSON_OBJECT_END : NEAP_JSON_ARRAY_END;
    }
    if (json->expect == AFTER) {
        if (!accept(json, ','))
            return fail(json, err, NEAP_EINVAL,
                        object ? "expected ',' or '}'" : "expected ',' or ']'");
        skip_space(json);
    }
    return object ? take_key(json, err) : take_value(json, err);
}

/* SPDX-License-Identifier: MIT
 *
 * json: canonical JSON text, written token by token and read token by token.
 *
 * Owns: strings, numbers, the {"$bytes":"…"} mark, the grammar of RFC 8259
 * and its limits. Refuses to know: what a value is in any language, and the
 * order of keys, which is the caller's (canonical text has them sorted by
 * bytes). Uses: base/{buf,utf8,base64,number}.
 *
 * Canonical text has no white space, sorted keys, numbers as base/number
 * writes them, and escapes only where they are needed: \" \\ \b \f \n \r \t
 * and \u00XX for other controls. The reader takes any valid JSON.
 */
#ifndef NEAP_BASE_JSON_H
#define NEAP_BASE_JSON_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define NEAP_JSON_DEPTH   200 /* arrays and objects nested in a value */
#define NEAP_JSON_AROUND  16  /* and in a record or page around values */
#define NEAP_JSON_DEEPEST (NEAP_JSON_DEPTH + NEAP_JSON_AROUND) /* as read */
#define NEAP_JSON_SIZE    ((size_t)256 << 20) /* bytes of one text */
#define NEAP_JSON_BYTES   "$bytes"            /* the key of marked bytes */

/* --- writing: append to `out`; 0 or a negative code ---------------------- */

int neap_json_put_number(neap_buf *out, double value); /* EINVAL: NaN, inf */
/* NEAP_EINVAL when `text` is not UTF-8. */
int neap_json_put_string(neap_buf *out, const char *text, size_t len);
/* {"$bytes":"base64"} */
int neap_json_put_bytes(neap_buf *out, const void *bytes, size_t len);

/* --- reading -------------------------------------------------------------- */

typedef enum neap_json_token {
    NEAP_JSON_END, /* the value is complete and nothing follows it */
    NEAP_JSON_NULL,
    NEAP_JSON_FALSE,
    NEAP_JSON_TRUE,
    NEAP_JSON_NUMBER,
    NEAP_JSON_STRING,
    NEAP_JSON_KEY,
    NEAP_JSON_ARRAY,
    NEAP_JSON_ARRAY_END,
    NEAP_JSON_OBJECT,
    NEAP_JSON_OBJECT_END
} neap_json_token;

typedef struct neap_json {
    double number;      /* of the last NUMBER */
    const char *string; /* of the last STRING or KEY: borrowed from the text */
    size_t string_len;  /* or from `scratch` until the next token */
    size_t at;          /* offset reached; of the trouble after an error */
    size_t depth;       /* arrays and objects open */
    /* private */
    const char *text; /* borrowed */
    size_t len;
    neap_buf *scratch; /* borrowed: where strings are unescaped */
    int expect;
    bool in_object[NEAP_JSON_DEEPEST];
} neap_json;

void neap_json_init(neap_json *json, const char *text, size_t len,
                    neap_buf *scratch);

/* The next token, or NEAP_EINVAL (no JSON), NEAP_ELIMIT (a limit above or a
 * number beyond a double), NEAP_ENOMEM; the message ends with the offset. END
 * and errors are final. */
int neap_json_next(neap_json *json, neap_err *err);

#endif

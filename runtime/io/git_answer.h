/* SPDX-License-Identifier: MIT
 *
 * git_answer: what a git verb found, as a flat record.
 *
 * Owns: the memory of an answer and the order of its fields. Refuses to know:
 * verbs, libgit2, Lua. Uses: libc.
 *
 * A verb tells its answer field by field; a reader walks `fields` from first
 * to last. A LIST is followed by its items (TEXT without a key, or ROW), a ROW
 * by its fields, and each of the two by an END. Running out of memory is
 * remembered in `failed`, so that a verb need not look after each field.
 */
#ifndef NEAP_IO_GIT_ANSWER_H
#define NEAP_IO_GIT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

typedef enum neap_git_kind {
    NEAP_GIT_TEXT,   /* `start` and `size` in the answer's text */
    NEAP_GIT_NUMBER, /* `number` */
    NEAP_GIT_FLAG,   /* `number`: 0 or 1 */
    NEAP_GIT_LIST,
    NEAP_GIT_ROW,
    NEAP_GIT_END
} neap_git_kind;

typedef struct neap_git_field {
    neap_git_kind kind;
    const char *key; /* borrowed for ever; NULL for an item of a list */
    size_t start;
    size_t size;
    size_t number;
} neap_git_field;

typedef struct neap_git_answer {
    neap_git_field *fields; /* owned */
    size_t count;
    size_t room;
    char *text; /* owned; every text ends with a NUL that is not counted */
    size_t used;
    size_t space;
    bool failed; /* out of memory: the answer is not whole */
} neap_git_answer;

#define NEAP_GIT_ANSWER_INIT                                                   \
    {                                                                          \
        NULL, 0, 0, NULL, 0, 0, false                                          \
    }

/* Free what it holds and make it empty again. */
void neap_git_answer_deinit(neap_git_answer *answer);

/* Add one field. A NULL text adds nothing: absent is nil. */
void neap_git_text(neap_git_answer *answer, const char *key, const char *text);
void neap_git_bytes(neap_git_answer *answer, const char *key, const char *bytes,
                    size_t size);
void neap_git_number(neap_git_answer *answer, const char *key, size_t number);
void neap_git_flag(neap_git_answer *answer, const char *key, bool flag);
void neap_git_list(neap_git_answer *answer, const char *key);
void neap_git_row(neap_git_answer *answer);
void neap_git_end(neap_git_answer *answer);

/* The text of a TEXT field; borrowed until the next field is added. */
const char *neap_git_field_text(const neap_git_answer *answer,
                                const neap_git_field *field);

#endif

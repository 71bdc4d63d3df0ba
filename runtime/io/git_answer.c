/* SPDX-License-Identifier: MIT
 *
 * git_answer: see git_answer.h. */
#include "io/git_answer.h"

#include <stdlib.h>
#include <string.h>

/* Make room for `more` items of `size` bytes; false when there is no memory. */
static bool grow(neap_git_answer *answer, void **items, size_t *room,
                 size_t needed, size_t size)
{
    size_t wanted = *room != 0 ? *room : 16;
    void *grown;
    if (answer->failed)
        return false;
    if (needed <= *room)
        return true;
    while (wanted < needed)
        wanted *= 2;
    grown = realloc(*items, wanted * size);
    if (grown == NULL) {
        answer->failed = true;
        return false;
    }
    *items = grown;
    *room = wanted;
    return true;
}

static neap_git_field *add(neap_git_answer *answer, neap_git_kind kind,
                           const char *key)
{
    neap_git_field *field;
    if (!grow(answer, (void **)&answer->fields, &answer->room,
              answer->count + 1, sizeof *field))
        return NULL;
    field = &answer->fields[answer->count++];
    *field = (neap_git_field){.kind = kind, .key = key};
    return field;
}

void neap_git_answer_deinit(neap_git_answer *answer)
{
    free(answer->fields);
    free(answer->text);
    *answer = (neap_git_answer)NEAP_GIT_ANSWER_INIT;
}

void neap_git_bytes(neap_git_answer *answer, const char *key, const char *bytes,
                    size_t size)
{
    neap_git_field *field;
    if (!grow(answer, (void **)&answer->text, &answer->space,
              answer->used + size + 1, 1))
        return;
    field = add(answer, NEAP_GIT_TEXT, key);
    if (field == NULL)
        return;
    field->start = answer->used;
    field->size = size;
    memcpy(answer->text + answer->used, bytes, size);
    answer->text[answer->used + size] = '\0';
    answer->used += size + 1;
}

void neap_git_text(neap_git_answer *answer, const char *key, const char *text)
{
    if (text != NULL)
        neap_git_bytes(answer, key, text, strlen(text));
}

void neap_git_number(neap_git_answer *answer, const char *key, size_t number)
{
    neap_git_field *field = add(answer, NEAP_GIT_NUMBER, key);
    if (field != NULL)
        field->number = number;
}

void neap_git_flag(neap_git_answer *answer, const char *key, bool flag)
{
    neap_git_field *field = add(answer, NEAP_GIT_FLAG, key);
    if (field != NULL)
        field->number = flag;
}

void neap_git_list(neap_git_answer *answer, const char *key)
{
    add(answer, NEAP_GIT_LIST, key);
}

void neap_git_row(neap_git_answer *answer)
{
    add(answer, NEAP_GIT_ROW, NULL);
}

void neap_git_end(neap_git_answer *answer)
{
    add(answer, NEAP_GIT_END, NULL);
}

const char *neap_git_field_text(const neap_git_answer *answer,
                                const neap_git_field *field)
{
    return answer->text + field->start;
}

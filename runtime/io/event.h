/* SPDX-License-Identifier: MIT
 *
 * event: what happened, as the store sees it: thirteen values in a row.
 *
 * Owns: the fields of the envelope, their order and their names. Refuses to
 * know: what any type means. Uses: value.
 *
 * The same row is inserted, hashed into the chain, handed to projections as
 * :seq, :run, … :data, and read back by verify and rebuild.
 */
#ifndef NEAP_IO_EVENT_H
#define NEAP_IO_EVENT_H

#include "io/value.h"

typedef enum neap_event_field {
    NEAP_EVENT_SEQ = 0, /* store-wide order; given by the writer */
    NEAP_EVENT_RUN,     /* the stream */
    NEAP_EVENT_N,       /* dense in the stream; given by the writer */
    NEAP_EVENT_TYPE,
    NEAP_EVENT_VERSION,
    NEAP_EVENT_AT, /* integer ms since the epoch */
    NEAP_EVENT_STEP,
    NEAP_EVENT_ATTEMPT,
    NEAP_EVENT_FENCE,
    NEAP_EVENT_ACTOR,
    NEAP_EVENT_CAUSE,   /* seq of the event that led to this one */
    NEAP_EVENT_COMMAND, /* idempotency: unique in the stream */
    NEAP_EVENT_DATA,    /* canonical JSON */
    NEAP_EVENT_FIELDS
} neap_event_field;

/* Their columns in table `event`, in the order above. */
#define NEAP_EVENT_COLUMNS                                                     \
    "seq,run,n,type,version,at,step,attempt,fence,actor,cause,command,data"
#define NEAP_EVENT_NAMES                                                       \
    {                                                                          \
        "seq", "run", "n", "type", "version", "at", "step", "attempt",         \
            "fence", "actor", "cause", "command", "data"                       \
    }

typedef struct neap_event {
    struct neap_event *next;
    int projection; /* index of the type's projection, -1 = none */
    neap_value field[NEAP_EVENT_FIELDS];
} neap_event;

#endif

/* SPDX-License-Identifier: MIT
 *
 * input: our end of a process's stdin.
 *
 * Owns: the pipe, and the bytes that do not fit into it yet. Refuses to know:
 * the process. Uses: base/buf, libuv.
 *
 * Nothing here blocks and nothing raises SIGPIPE: when the other side stops
 * reading, what is left is dropped.
 */
#ifndef NEAP_IO_INPUT_H
#define NEAP_IO_INPUT_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <uv.h>

/* The caller's memory; closed when `fd` is -1. */
typedef struct neap_input {
    uv_loop_t *uv;   /* borrowed */
    uv_poll_t *poll; /* owned; NULL until the pipe was full once */
    int fd;          /* owned */
    bool finishing;  /* close once `waiting` is empty */
    neap_buf waiting;
    size_t sent; /* of `waiting` */
} neap_input;

/* `fd` is taken. */
void neap_input_open(neap_input *input, uv_loop_t *uv, int fd);
int neap_input_write(neap_input *input, const char *bytes, size_t len,
                     neap_err *err);
void neap_input_finish(neap_input *input); /* close when all is written */
void neap_input_close(neap_input *input);  /* close now; fine when closed */

#endif

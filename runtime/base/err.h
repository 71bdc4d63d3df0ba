/* SPDX-License-Identifier: MIT
 *
 * err: one value that says what failed, on what, and why.
 *
 * Owns: the closed set of codes and the error value. Refuses to know: who
 * prints it. Uses: libc.
 *
 * A function that can fail returns 0 or a negative NEAP_E… and fills the
 * `neap_err` given last (which may be NULL). `message` says what was
 * attempted, on what, and why it did not work, without a trailing full stop.
 */
#ifndef NEAP_BASE_ERR_H
#define NEAP_BASE_ERR_H

typedef enum neap_code {
    NEAP_OK = 0,
    NEAP_ENOMEM = -1,      /* out of memory */
    NEAP_EINVAL = -2,      /* a caller's value is out of its range */
    NEAP_ENOENT = -3,      /* it does not exist */
    NEAP_EEXIST = -4,      /* it is there already */
    NEAP_EBUSY = -5,       /* somebody else holds it */
    NEAP_EIO = -6,         /* the disk or the kernel refused */
    NEAP_ENOSPC = -7,      /* no space is left */
    NEAP_EREADONLY = -8,   /* the place may not be written */
    NEAP_ECORRUPT = -9,    /* data is not what was written */
    NEAP_EVERSION = -10,   /* made by a newer neap */
    NEAP_EGUARD = -11,     /* a guard of a commit refused */
    NEAP_EDUPLICATE = -12, /* this command was committed before */
    NEAP_ECYCLE = -13,     /* the graph has a cycle */
    NEAP_ELIMIT = -14,     /* a stated limit is reached */
    NEAP_ECONFLICT = -15,  /* two sides changed the same thing */
    NEAP_ECANCELLED = -16, /* stopped on request */
    NEAP_EUNKNOWN = -17    /* anything else; the message says what */
} neap_code;

typedef struct neap_err {
    int code;          /* a neap_code */
    int sys;           /* errno, or 0 */
    char message[240]; /* one line, NUL-terminated */
} neap_err;

#define NEAP_ERR_INIT                                                          \
    {                                                                          \
        0, 0,                                                                  \
        {                                                                      \
            0                                                                  \
        }                                                                      \
    }

/* Fill `err` (NULL is fine) and return `code`. */
int neap_err_set(neap_err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a system error: the code is chosen from `sys` (an errno), and
 * ": " and its text are added to the message. */
int neap_err_sys(neap_err *err, int sys, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The code for an errno. */
int neap_err_code(int sys);

/* The short stable name that Lua matches: "guard", "not_found", …; borrowed
 * for ever. */
const char *neap_code_name(int code);

#endif

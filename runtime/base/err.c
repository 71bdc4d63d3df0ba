/* SPDX-License-Identifier: MIT
 *
 * err: see err.h. */
#include "base/err.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    "ok",        "no_memory", "invalid",   "not_found", "exists",    "busy",
    "io",        "no_space",  "read_only", "corrupt",   "version",   "guard",
    "duplicate", "cycle",     "limit",     "conflict",  "cancelled", "unknown",
};

const char *neap_code_name(int code)
{
    int at = -code;
    int count = (int)(sizeof names / sizeof *names);
    return at >= 0 && at < count ? names[at] : "unknown";
}

int neap_err_code(int sys)
{
    switch (sys) {
    case ENOMEM:
        return NEAP_ENOMEM;
    case EINVAL:
        return NEAP_EINVAL;
    case ENOENT:
    case ESRCH:
    case ENOTDIR:
        return NEAP_ENOENT;
    case EEXIST:
        return NEAP_EEXIST;
    case EBUSY:
    case EAGAIN:
        return NEAP_EBUSY;
    case EMFILE:
    case ENFILE:
        return NEAP_ELIMIT;
    case ENOSPC:
    case EDQUOT:
        return NEAP_ENOSPC;
    case EROFS:
    case EACCES:
    case EPERM:
        return NEAP_EREADONLY;
    default:
        return NEAP_EIO;
    }
}

/* A message is UTF-8 whatever it quotes and wherever it was cut. */
static void tidy(char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        size_t n = neap_utf8_next(text, left);
        if (n == 0) {
            *text = '?';
            n = 1;
        }
        text += n;
        left -= n;
    }
}

int neap_err_set(neap_err *err, int code, const char *fmt, ...)
{
    if (err != NULL) {
        va_list args;
        err->code = code;
        err->sys = 0;
        va_start(args, fmt);
        vsnprintf(err->message, sizeof err->message, fmt, args);
        va_end(args);
        tidy(err->message);
    }
    return code;
}

int neap_err_sys(neap_err *err, int sys, const char *fmt, ...)
{
    int code = neap_err_code(sys);
    if (err != NULL) {
        va_list args;
        size_t used;
        err->code = code;
        err->sys = sys;
        va_start(args, fmt);
        vsnprintf(err->message, sizeof err->message, fmt, args);
        va_end(args);
        used = strlen(err->message);
        snprintf(err->message + used, sizeof err->message - used, ": %s",
                 strerror(sys));
        tidy(err->message);
    }
    return code;
}

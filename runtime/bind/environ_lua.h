/* SPDX-License-Identifier: MIT
 *
 * environ_lua: native.environ: the environment of children, converted once.
 *
 * Owns: tables of variables as arrays of "NAME=value". Refuses to know: what a
 * variable is for. */
#ifndef NEAP_BIND_ENVIRON_LUA_H
#define NEAP_BIND_ENVIRON_LUA_H

#include "bind/opts.h"

/* What `env` and `add` of the options come to, NULL when there is neither.
 * Borrowed from values left on the stack. */
char **neap_environ_read(const neap_opts *opts);

#endif

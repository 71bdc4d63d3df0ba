/* SPDX-License-Identifier: MIT
 *
 * file: whole files and directories, in one call each.
 *
 * Owns: the order of calls that makes a write atomic and durable. Refuses to
 * know: what is in the files. Uses: base/{buf,sys}.
 *
 * Messages name the path. Every function returns 0 or a negative code.
 */
#ifndef NEAP_BASE_FILE_H
#define NEAP_BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/sys.h"

/* Append the bytes of the file to `out`. */
int neap_file_read(const neap_sys *sys, const char *path, neap_buf *out,
                   neap_err *err);

/* Put `bytes` in the place of the file: it holds the old or the new content
 * at every moment, and the new one, on disk, once this returns 0. A new file
 * has `mode` (less the umask), one that was there keeps its own. */
int neap_file_write(const neap_sys *sys, const char *path, mode_t mode,
                    const void *bytes, size_t len, neap_err *err);

/* Add at the end, made when absent; not synced. */
int neap_file_append(const neap_sys *sys, const char *path, const void *bytes,
                     size_t len, neap_err *err);

/* All of `bytes` to `fd`, whatever is cut short: 0, or -1 and errno. */
int neap_file_put(const neap_sys *sys, int fd, const void *bytes, size_t len);

/* The directory with its parents, on disk; one that is there is fine. */
int neap_file_mkdir_p(const neap_sys *sys, const char *path, neap_err *err);

/* Sync the directory that holds `path`: its entry is on disk then. */
int neap_file_sync_parent(const neap_sys *sys, const char *path, neap_err *err);

/* The names in a directory, sorted by bytes, each with a NUL behind it,
 * without "." and ".."; `count` of them. */
int neap_file_list(const char *path, neap_buf *names, size_t *count,
                   neap_err *err);

/* A file, or a directory with all it holds; links are removed, not followed.
 * What is not there is removed already. */
int neap_file_remove_tree(const char *path, neap_err *err);

#endif

/* SPDX-License-Identifier: MIT
 *
 * git_module: libgit2 behind git.h, opened at first use. */
typedef int neap_git_module_is_empty;

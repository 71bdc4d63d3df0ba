/* SPDX-License-Identifier: MIT
 *
 * store_memory: the store of a simulated world: in memory, without a thread.
 *
 * Owns: when items are applied (the loop's next turn) and which commits fail.
 * Refuses to know: any table; the SQL is that of the store on disk. Uses:
 * io/store_base.
 */
#ifndef NEAP_SIM_STORE_MEMORY_H
#define NEAP_SIM_STORE_MEMORY_H

#include "io/store.h"

/* An empty store. `*out` is owned: end it with neap_store_free. */
int neap_store_memory_open(neap_store **out, neap_loop *loop, neap_err *err);

/* The machine stops and starts again: `*out` has what `crashed` had committed
 * and nothing else, and is still to be defined; `crashed` is closed, the
 * callbacks of its items never come, and its owner is dead. */
int neap_store_memory_restart(neap_store **out, neap_store *crashed,
                              neap_loop *loop, neap_err *err);

/* Let the commit after `after` more fail with `code`. `landed`: the disk has
 * it all the same, as after a power cut in the middle of an fsync. */
void neap_store_memory_fail(neap_store *store, int after, int code,
                            bool landed);

bool neap_store_is_memory(const neap_store *store);

#endif

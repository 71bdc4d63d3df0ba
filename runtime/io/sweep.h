/* SPDX-License-Identifier: MIT
 *
 * sweep: finds processes by what /proc says of them.
 *
 * Owns: reading /proc. Refuses to know: whose processes they are. It costs
 * some 50 microseconds for each process of the machine, so it is for what went
 * wrong, not for every end. Uses: base/file, Linux /proc.
 */
#ifndef NEAP_IO_SWEEP_H
#define NEAP_IO_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Send `signal` (0: none, only count) to every process whose environment has
 * NEAP_ATTEMPT=`mark`, or one that begins with `mark` when that ends with "/";
 * other than this one and those of group `except` (0 = none); how many. */
int neap_sweep_mark(const char *mark, int signal, pid_t except);

/* How many live processes of process group `group` there are. */
int neap_sweep_group_size(pid_t group);

/* Field 22 of /proc/PID/stat: when the process started, in clock ticks since
 * boot, as decimal digits. With the boot's id it names a process for ever.
 * False when there is none. */
bool neap_sweep_start_time(pid_t pid, char out[32]);

/* Send `signal` to the group of each process that this thread has started; for
 * handlers of signals. To nobody where the kernel has no list of them. */
void neap_sweep_children(int signal);

/* Now, in the unit of start times. */
int64_t neap_sweep_ticks(void);
/* What names this boot of the kernel. False when /proc does not say. */
bool neap_sweep_boot_id(char out[40]);

/* A process other than this one that may rely on the lock file at `path`: one
 * that has it open, or a git that works in one of `folders` (ends with NULL;
 * absolute, without links) or names one, since git closes a lock that it goes
 * on holding. A git that may not be looked at counts. 0 = none. */
pid_t neap_sweep_holder(const char *path, const char *const *folders);

/* Is that very process there, not another with its number? */
bool neap_sweep_alive(pid_t pid, const char *start_time, const char *boot_id);

#endif

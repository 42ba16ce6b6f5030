/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A program that runs already. All its threads are stopped, wherever they are; they are made to set their task policies
 * and to bind its memory, by calls that are not their own; and they go on as if nothing had been.
 *
 * Between two of these calls every thread stands with its own registers and its own signal mask. So when the caller is
 * killed there, the kernel lets the program go on (exit_ptrace()), with what was done until then; what is left is the
 * time of each call, some tens of microseconds, in which a thread that lost its tracer would go astray.
 *
 * What a thread was at, goes on: the kernel restarts an interrupted call by itself, with what is left of its time, when
 * its registers are as they were where it looks at them (arch_do_signal_or_restart()). Calls that it never restarts
 * (epoll_wait(2) and others, signal(7)) are restarted too, on x86-64 and ppc64le. No function here prints anything, and
 * none may be called by two threads.
 */

#include "trace.h"

#include "basic/root.h"
#include "mappings.h"

#include <sys/types.h>

/* How long a thread is waited for that does not stop. */
#define ATTACH_STOP_SECONDS 5

struct attach;

/*
 * Whether the process is one that could be attached to, without touching it: not ourselves nor one that started us, not
 * init, not the kernel's, not traced, not of another architecture. -EPERM, -ESRCH, -EBUSY, -ENOEXEC, and one line.
 */
int attach_check(const struct root *root, pid_t pid, struct error *err);

/*
 * Stops it. It is the process that pidfd stands for, or -ESRCH. Also -EBUSY: a thread does not stop, as in vfork(2);
 * -EAGAIN: it executes another program just now; -EPERM; -EOPNOTSUPP: it has a seccomp filter, and may not be kept from
 * it. Signals of the caller's wait until attach_free().
 */
int attach_stop(const struct root *root, pid_t pid, int pidfd, struct attach **ret, struct error *err);

/* Its mappings, each with what it is (maps.h); it stands, so they stay. */
int attach_maps(struct attach *a, struct maps *ret, struct error *err);

/* Gives all threads this task policy: the first of the modes that the kernel knows. None has it when that fails. */
int attach_set_task(struct attach *a, const struct nodeset *nodes, const int *modes, size_t n_modes, struct error *err);

/* Whether it could bind anything there: tried on memory that is not its own. */
int attach_try(struct attach *a, const struct placement_target *target, struct error *err);

/*
 * Binds a range. Returns 1, or 0: it has a policy that the program gave it, which names none of `devices`, and keeps
 * it.
 */
int attach_bind(struct attach *a, const struct map *range, const struct placement_target *target,
		const struct nodeset *devices, struct error *err);

/* Puts all policies back as attach_set_task() and attach_bind() found them. Fails if one could not be. */
int attach_undo(struct attach *a, struct error *err);

/* Takes away what was in its memory for all this. From here on it only stands, with all that is its own. */
int attach_finish(struct attach *a, struct error *err);

/* Lets it go on. */
void attach_free(struct attach *a);
DEFINE_CLEANUP(struct attach *, attach_free)
#define _cleanup_attach_ _cleanup_(attach_freep)

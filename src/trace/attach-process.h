/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A program that runs already. All its threads are stopped, wherever they are; they are made to set their task policies
 * and to bind the program's memory, by injected calls; and they continue as if nothing had happened.
 *
 * Between two of these calls every thread is stopped with its own registers and its own signal mask. If the caller is
 * killed then, the kernel lets the program continue (exit_ptrace()), with what was done until then. The remaining risk
 * is the time of each call, some tens of microseconds: a thread that loses its tracer inside it may crash.
 *
 * Interrupted calls continue: the kernel restarts such a call itself, with the rest of its timeout, if the thread's
 * registers are unchanged where the kernel examines them (arch_do_signal_or_restart()). Calls that it never restarts
 * (epoll_wait(2) and others, signal(7)) are restarted too, on x86-64 and ppc64le. No function here prints anything, and
 * none may be called by two threads at once.
 */

#include "trace.h"

#include "basic/root.h"
#include "mappings.h"

#include <sys/types.h>

/* How long to wait for a thread that does not stop. */
#define ATTACH_STOP_SECONDS 5

struct attach;

/*
 * Whether the process could be attached to; checks without touching it. It must not be ourselves or an ancestor of
 * ours, init, a kernel thread, traced, or of another architecture. Returns -EPERM, -ESRCH, -EBUSY or -ENOEXEC, with one
 * line.
 */
_must_use_ int attach_check(const struct root *root, pid_t pid, struct error *err);

/*
 * Stops the process that pidfd refers to; -ESRCH if pid is no longer that process. Also returns -EBUSY: a thread does
 * not stop, as in vfork(2); -EAGAIN: it is executing another program; -EPERM; -EOPNOTSUPP: it has a seccomp filter that
 * must not be suspended. The caller's signals are blocked until attach_free().
 */
_must_use_ int attach_stop(const struct root *root, pid_t pid, int pidfd, struct attach **ret, struct error *err);

/* Reads its mappings, each with what it is (mappings.h); they stay, since the process is stopped. */
_must_use_ int attach_maps(struct attach *a, struct maps *ret, struct error *err);

/*
 * Gives all threads this task policy, with the first of the modes that the kernel knows. After a failure some threads
 * may have it: attach_undo() restores theirs.
 */
_must_use_ int attach_set_task(struct attach *a, const struct nodeset *nodes, const int *modes, size_t n_modes,
			       struct error *err);

/* Whether the process could bind anything there: tried on the page that we have mapped in it. */
_must_use_ int attach_try(struct attach *a, const struct placement_target *target, struct error *err);

/*
 * Binds a range. Returns 1; or 0 if the range keeps a policy that the program gave it, which names none of `devices`.
 */
_must_use_ int attach_bind(struct attach *a, const struct map *range, const struct placement_target *target,
			   const struct nodeset *devices, struct error *err);

/* Restores all policies to what attach_set_task() and attach_bind() found. Fails if one could not be restored. */
_must_use_ int attach_undo(struct attach *a, struct error *err);

/*
 * Removes from the process's memory what was needed for all this. After this every thread is just stopped, with its own
 * state.
 */
_must_use_ int attach_finish(struct attach *a, struct error *err);

/* Lets the process continue. */
void attach_free(struct attach *a);
DEFINE_CLEANUP(struct attach *, attach_free)
#define _cleanup_attach_ _cleanup_(attach_freep)

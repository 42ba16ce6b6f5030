/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the parts of attach.h share. */

#include "arch.h"
#include "attach-process.h"

#include <signal.h>
#include <sys/ptrace.h>

/* After another thread's exec the numbers mean others. No PTRACE_O_EXITKILL: it is to outlive us. */
#define ATTACH_OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC)

enum attached_state {
	ATTACHED_RUNS,
	ATTACHED_STANDS, /* in a stop, which `status` describes */
	ATTACHED_GONE,
};

/* A thread. */
struct attached {
	pid_t tid;
	enum attached_state state;
	int status;                /* of its last stop, as wait(2) has it */
	struct arch_regs regs;     /* its own */
	long slept;                /* attach_sleeps() before its stop */
	uint64_t sigmask;          /* its own */
	uint64_t rseq_at, rseq_cs; /* where its restartable sequence is noted, and which it is in; 0: none */
	bool is_saved;             /* what is its own is known, and is what it goes on with */
	bool is_moved;             /* it has run a call of ours since it was stopped */
	bool has_policy;           /* the task policy is ours; its own was: */
	int old_mode;
	struct nodeset old_nodes;
};

/* A range that was bound, and its policy before. */
struct bound {
	uint64_t start, size;
	int old_mode;
	struct nodeset old_nodes;
};

struct attach {
	const struct root *root;
	pid_t pid;
	int pidfd;
	struct attached *v;
	size_t n;
	bool has_seccomp;
	uint64_t call_at; /* a system call instruction in its memory */
	uint64_t scratch; /* a page of its memory that is ours; 0: none */
	struct bound *bound;
	size_t n_bound;
	bool blocks;      /* the caller's signals wait: */
	sigset_t signals; /* its mask before */
};

/* attach-wait.c: stops --------------------------------------------------------------------------------------------- */

/*
 * Waits until the thread stands or is gone, at most until `deadline` (monotonic milliseconds; < 0: none): -ETIMEDOUT.
 */
int attach_wait(struct attach *a, const struct attached *t, int64_t deadline);
int64_t attach_now(void);

/* Seizes and stops every thread; those that are made meanwhile too. */
int attach_stop_all(struct attach *a, struct error *err);

/* Has a thread stop where the kernel handles signals, with no call of its own or ours under way. */
int attach_settle(struct attach *a, struct attached *t);

/* It is in a stop of that kind: by PTRACE_INTERRUPT, or a group stop. */
bool attached_is_settled(const struct attached *t);

/* The signal that it was stopped for on the way to it, and still has to get; 0: none. */
int attached_signal(const struct attached *t);

/* attach-status.c: what /proc says of a thread --------------------------------------------------------------------- */

/* A number of the text of /proc/TID/status; "State" is one of its letters. -1: there is none. */
long attach_field(const char *status, const char *key);
long attach_field_of(const struct root *root, pid_t tid, const char *key);

/* How often a thread has slept, when it does so in a call; < 0: it does not, or nobody needs to know (ARCH_FORGETS). */
long attach_sleeps(const struct root *root, pid_t tid);

/*
 * The call number `nr` with its arguments that a thread comes from, by its registers; fails when they may be a
 * handler's.
 */
int attach_call_of(const struct root *root, const struct attached *t, long nr, struct call *ret);

/* attach-call.c: calls that are not its own ------------------------------------------------------------------------ */

/*
 * Registers, mask and all that a thread goes on with; where its call would fail with EINTR and need not, that changes.
 */
int attached_save(const struct attach *a, struct attached *t);

/* Finds an instruction for the calls. */
int attach_find_call(struct attach *a, const struct maps *maps, struct error *err);

/*
 * Makes the thread run a call, and gives it back what is its own. *ret: the result; a negative errno of the call's own.
 */
int attach_call(struct attach *a, struct attached *t, const struct call *call, uint64_t *ret);

/* A thread for calls that any of them can make. NULL: all are gone. */
struct attached *attach_speaker(struct attach *a);

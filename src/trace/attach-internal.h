/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the parts of attach.h share. */

#include "arch.h"
#include "attach-process.h"

#include <signal.h>
#include <sys/ptrace.h>

/*
 * TRACEEXEC: after an exec by another thread, the thread ids refer to others. No PTRACE_O_EXITKILL: the process must
 * outlive cdm-launch.
 */
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
	int status;                /* of its last stop, from wait(2) */
	struct arch_regs regs;     /* the thread's own */
	long slept;                /* interrupted_sleeps() before its stop */
	uint64_t sigmask;          /* the thread's own */
	uint64_t rseq_at, rseq_cs; /* address of its note of a restartable sequence, and the note; 0: none */
	bool is_saved;             /* its own state is known, and is what it goes on with */
	bool is_made_again;        /* its call has failed with EINTR, and is made again */
	bool is_moved;             /* it has made an injected call since it was stopped */
	bool has_policy;           /* we have set its task policy; before, it was: */
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
	uint64_t call_at; /* address of a system call instruction in its memory */
	uint64_t scratch; /* a page of its memory that we have mapped; 0: none */
	struct bound *bound;
	size_t n_bound;
	bool blocks;      /* the caller's signals are blocked; */
	sigset_t signals; /* its mask before */
};

/* attach-wait.c: stops --------------------------------------------------------------------------------------------- */

/* Waits until the thread is stopped or gone. Returns -ETIMEDOUT at `deadline` (monotonic milliseconds; < 0: none). */
int attach_wait(struct attach *a, const struct attached *t, int64_t deadline);

/* Seizes and stops every thread, including those that are created meanwhile. */
_must_use_ int attach_stop_all(struct attach *a, struct error *err);

/* Makes a thread stop where the kernel handles signals, with no call under way, neither its own nor an injected one. */
int attach_park(struct attach *a, struct attached *t);

/* Whether the thread is in such a stop: by PTRACE_INTERRUPT, or a group stop. */
bool attached_is_parked(const struct attached *t);

/* Returns the signal that it was stopped for on the way there, and still has to get; 0: none. */
int attached_signal(const struct attached *t);

/* attach-status.c: what /proc says of a thread --------------------------------------------------------------------- */

/* Returns a number from the text of /proc/TID/status (for "State", its letter), or -1 if there is none. */
long attach_field(const char *status, const char *key);
long attach_field_of(const struct root *root, pid_t tid, const char *key);

/* attach-call.c: injected calls ------------------------------------------------------------------------------------ */

/*
 * Saves the registers, the mask and everything else that a thread goes on with. If its call would needlessly fail with
 * EINTR, they are changed so that it is made again.
 */
int attached_save(const struct attach *a, struct attached *t);

/* Finds a system call instruction for the injected calls. */
_must_use_ int attach_find_call(struct attach *a, const struct maps *maps, struct error *err);

/*
 * Makes the thread execute a call, and restores its own state. *ret: the result. Returns a negative errno if the call
 * fails.
 */
int attach_call(struct attach *a, struct attached *t, const struct call *call, uint64_t *ret);

/* Returns a thread for calls that any thread can make, or NULL if all are gone. */
struct attached *attach_speaker(struct attach *a);

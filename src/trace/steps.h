/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What happens between a call that a rule may allow and the program's next instruction, one stop at a time. Each thread
 * has its own step (thread.h), so none waits for another.
 */

#include "thread.h"

#include <sys/ptrace.h>

struct steps {
	const struct trace *plan;
	const struct root *root;
	unsigned long failures; /* ranges that were allowed but could not be bound */
	int error;              /* the reason for the last of them */
};

/*
 * Called at the filter's stop, before the call. Afterwards t->step says whether the thread must stop at the call's
 * exit.
 */
int steps_begin(struct steps *s, struct thread *t, const struct __ptrace_syscall_info *info);

/*
 * Called at the exit of a call, the thread's own or an injected one. When t->step is STEP_NONE, the thread has its own
 * state again, and only the binding has changed.
 */
int steps_go_on(struct steps *s, struct thread *t, const struct __ptrace_syscall_info *info);

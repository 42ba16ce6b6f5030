/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What happens between a call that a rule may allow and the program's next instruction, one stop at a time. Every
 * thread is at a step of its own (thread.h), so none waits for another.
 */

#include "thread.h"

#include <sys/ptrace.h>

struct steps {
	const struct inject *plan;
	const struct root *root;
	unsigned long failures; /* ranges that were allowed and could not be bound */
	int error;              /* why, of the last of them */
};

/* At the filter's stop, before the call. Afterwards t->step says whether the thread is to stop at the call's exit. */
int steps_begin(struct steps *s, struct thread *t, const struct __ptrace_syscall_info *info);

/* At the exit of a call, its own or ours. With t->step STEP_NONE all is as if nothing but the binding had happened. */
int steps_go_on(struct steps *s, struct thread *t, const struct __ptrace_syscall_info *info);

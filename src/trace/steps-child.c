/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Children that would not be traced. */

#include "steps-internal.h"

#include "tracee.h"

#include <errno.h>
#include <sched.h>
#include <sys/syscall.h>

/*
 * An untraced child would have the filter without a tracer: its calls would fail with ENOSYS. The flag is removed from
 * the call's argument, which the program does not read again.
 */
static int trace_clone(const struct thread *t, const struct call *call)
{
	struct arch_regs regs;
	int r = tracee_regs(t->tid, &regs);

	if (r < 0)
		return r;
	arch_set_arg(&regs, 0, call->args[0] & ~(uint64_t)CLONE_UNTRACED);
	return tracee_set_regs(t->tid, &regs);
}

/*
 * The same for clone3(2), whose flags are the first word in memory (struct clone_args). If they cannot be changed there
 * (shared memory that is not writable), the program is told that the kernel has no such call: it can use clone(2).
 */
static int trace_clone3(const struct thread *t, const struct call *call)
{
	unsigned long flags;
	int r = tracee_peek(t->tid, call->args[0], &flags);

	if (r < 0 || !(flags & CLONE_UNTRACED))
		return r == -ESRCH ? r : 0;
	flags &= ~(unsigned long)CLONE_UNTRACED;
	r = tracee_poke(t->tid, call->args[0], &flags, 1);
	return r < 0 && r != -ESRCH ? steps_refuse(t) : r;
}

int child_trace(const struct thread *t, const struct call *call)
{
	return call->nr == SYS_clone3 ? trace_clone3(t, call) : trace_clone(t, call);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The calls that are not a thread's own: how it is made to make them, and where in its memory they find what they need.
 */

#include "steps-internal.h"

#include "tracee.h"

#include <linux/mempolicy.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define WORDS(nodes) (sizeof((nodes)->bits) / sizeof((nodes)->bits[0]))

/*
 * The scratch page holds the targets' nodes, and after them, for each thread, the place where get_mempolicy(2) puts its
 * answer.
 */
#define SCRATCH_MODES (PLACEMENT_TARGETS * sizeof(struct nodeset))
_Static_assert(SCRATCH_MODES <= 2048, "it fits the smallest page, and leaves places");

size_t steps_page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

uint64_t steps_nodes(const struct thread *t, unsigned target)
{
	return t->process->scratch + target * sizeof(struct nodeset);
}

static uint64_t mode_place(const struct thread *t)
{
	const size_t places = (steps_page_size() - SCRATCH_MODES) / sizeof(long);

	return t->process->scratch + SCRATCH_MODES + (size_t)t->tid % places * sizeof(long);
}

/* Returns the number of words up to the last that is not zero: the rest of the scratch page is zero anyway. */
size_t steps_words(const struct nodeset *nodes)
{
	size_t n = WORDS(nodes);

	while (n > 0 && nodes->bits[n - 1] == 0)
		n--;
	return n;
}

int steps_run(struct thread *t, enum step step, const struct call *call)
{
	struct arch_regs regs = t->regs;

	arch_load(&regs, call);
	t->step = step;
	return tracee_set_regs(t->tid, &regs);
}

int steps_hold_signals(struct thread *t)
{
	int r = tracee_sigmask(t->tid, &t->sigmask);

	return r < 0 ? r : tracee_set_sigmask(t->tid, ~(1ULL << (SIGSYS - 1)));
}

int steps_finish(struct thread *t)
{
	int r;

	if (t->error < 0)
		arch_set_error(&t->regs, t->error);
	t->step = STEP_NONE;
	r = tracee_set_sigmask(t->tid, t->sigmask);
	return r < 0 ? r : tracee_set_regs(t->tid, &t->regs);
}

int steps_refuse(const struct thread *t)
{
	struct arch_regs regs;
	int r = tracee_regs(t->tid, &regs);

	if (r >= 0)
		r = arch_refuse(t->tid, &regs);
	return r < 0 ? r : tracee_set_regs(t->tid, &regs);
}

int steps_need_scratch(struct thread *t)
{
	t->process->scratch = 0;
	return steps_run(t, STEP_SCRATCH,
			 &(struct call){ .nr = SYS_mmap,
					 .args = { 0, steps_page_size(), PROT_READ | PROT_WRITE,
						   MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0 } });
}

int steps_ask_mode(struct thread *t, enum step step, uint64_t at)
{
	return steps_run(t, step,
			 &(struct call){ .nr = SYS_get_mempolicy, .args = { mode_place(t), 0, 0, at, MPOL_F_ADDR } });
}

int steps_mode(const struct thread *t, int *ret)
{
	unsigned long mode;
	int r = tracee_peek(t->tid, mode_place(t), &mode);

	if (r >= 0)
		*ret = (int)mode;
	return r;
}

int steps_write_targets(const struct steps *s, const struct thread *t)
{
	int r = 0;

	for (unsigned i = 0; i < s->plan->place->n_targets && r >= 0; i++) {
		const struct nodeset *nodes = &s->plan->place->targets[i].nodes;

		r = tracee_poke(t->tid, steps_nodes(t, i), nodes->bits, steps_words(nodes));
	}
	return r;
}

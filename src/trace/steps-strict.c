/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Strict memory of a traced program: the thread is made to fill it in pieces, and the tracer looks where they are. */

#include "steps-internal.h"

#include "tracee.h"

#include "basic/fill.h"
#include "libcdm/kernel/meminfo.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define CALL(...) (&(struct call){ __VA_ARGS__ })

void strict_prepare(struct thread *t, struct arch_regs *regs)
{
	uint64_t flags = t->call.args[ARG_FLAGS] & ~(uint64_t)MAP_POPULATE;

	t->replaces = (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) == MAP_FIXED;
	if (t->replaces) {
		flags &= ~(uint64_t)MAP_FIXED;
		arch_set_arg(regs, 0, 0);
	}
	arch_set_arg(regs, ARG_FLAGS, flags);
}

/* Refusing --------------------------------------------------------------------------------------------------------- */

static int shrink(struct thread *t)
{
	return steps_run(t, STEP_SHRINK, CALL(.nr = SYS_mremap, .args = { t->start, t->size, t->call.args[1], 0 }));
}

/*
 * Restores a grown mapping. A mapping that has moved can go back only while its old place is free. That place is taken
 * first, so that no other mapping takes it.
 */
int strict_undo(struct thread *t, int error)
{
	const uint64_t *args = t->call.args;

	switch (t->call.nr) {
	case SYS_mmap:
		t->error = error;
		return steps_run(t, STEP_UNDO, CALL(.nr = SYS_munmap, .args = { t->start, t->size }));
	case SYS_mprotect:
	case SYS_pkey_mprotect:
		t->error = error;
		return steps_finish(t);
	case SYS_brk:
		return steps_run(t, STEP_UNDO, CALL(.nr = SYS_brk, .args = { t->start }));
	default:
		if (t->start == args[0])
			return shrink(t);
		return steps_run(t, STEP_CLAIM,
				 CALL(.nr = SYS_mmap,
				      .args = { args[0], args[1], PROT_NONE,
						MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
						(uint64_t)-1, 0 }));
	}
}

static int refuse(struct steps *s, struct thread *t)
{
	steps_tell(s, t, -ENOMEM);
	/* Several mappings that have moved cannot go back with one call: what is missing spills. */
	return t->joins && t->start != t->call.args[0] ? steps_finish(t) : strict_undo(t, -ENOMEM);
}

/* Filling ---------------------------------------------------------------------------------------------------------- */

static uint64_t piece(const struct thread *t)
{
	return t->size - t->filled < FILL_PIECE ? t->size - t->filled : FILL_PIECE;
}

static int fill_next(struct steps *s, struct thread *t)
{
	if (t->filled < t->size)
		return steps_run(t, STEP_PIECE,
				 CALL(.nr = SYS_madvise, .args = { t->start + t->filled, piece(t), MADV_POPULATE_WRITE }));
	if (protect_matters(s, &t->call))
		return protect_look(s, t);
	if (!t->replaces)
		return steps_finish(t);
	return steps_run(t, STEP_MOVE,
			 CALL(.nr = SYS_mremap,
			      .args = { t->start, t->size, t->size, MREMAP_MAYMOVE | MREMAP_FIXED, t->call.args[0] }));
}

/* Finds out which part of the range to fill. The new part is writable as a whole or not at all. */
int strict_begin(struct steps *s, struct thread *t)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t flags = t->call.nr == SYS_mmap ? t->call.args[ARG_FLAGS] : 0;

	t->filled = 0;
	if (t->call.nr == SYS_mremap)
		t->filled = (t->call.args[1] + page - 1) / page * page;
	else if (t->call.nr == SYS_mmap && !(t->call.args[ARG_PROT] & PROT_WRITE))
		t->filled = t->size;
	/*
	 * Checks first, so that the device is not filled in vain. Huge pages come from a pool, which was checked when
	 * they were mapped.
	 */
	if (t->filled < t->size && !(flags & MAP_HUGETLB) &&
	    meminfo_free(s->root, &steps_target(s, t)->nodes) < t->size - t->filled)
		return refuse(s, t);
	return fill_next(s, t);
}

int strict_commit(struct steps *s, struct thread *t)
{
	size_t missing;
	int r = fill_missing(t->tid, (void *)(uintptr_t)t->start, t->size, &missing);

	if (r == -ESRCH)
		return r;
	if (r < 0 || !missing)
		return protect_look(s, t);
	t->filled = 0;
	return meminfo_free(s->root, &steps_target(s, t)->nodes) < missing ? refuse(s, t) : fill_next(s, t);
}

/* Memory that is not writable (-EINVAL) is not filled. */
static int piece_filled(struct steps *s, struct thread *t, int error)
{
	int r = error;

	if (r >= 0)
		r = fill_look(t->tid, (void *)(uintptr_t)(t->start + t->filled), piece(t), &steps_target(s, t)->nodes);
	if (r < 0 && r != -EINVAL)
		return r == -ESRCH ? r : refuse(s, t);
	t->filled = r < 0 ? t->size : t->filled + piece(t);
	return fill_next(s, t);
}

int strict_go_on(struct steps *s, struct thread *t, uint64_t result, int error)
{
	const uint64_t *args = t->call.args;

	switch (t->step) {
	case STEP_PIECE:
		return piece_filled(s, t, error);
	case STEP_MOVE:
		if (error)
			return strict_undo(t, error);
		arch_set_value(&t->regs, result);
		return steps_finish(t);
	case STEP_CLAIM:
		/* Another mapping is there now: the range stays where it is, grown. */
		return error ? steps_finish(t) : shrink(t);
	case STEP_SHRINK:
		t->error = -ENOMEM;
		if (t->start == args[0])
			return steps_finish(t);
		return steps_run(t, STEP_BACK,
				 CALL(.nr = SYS_mremap,
				      .args = { t->start, args[1], args[1], MREMAP_MAYMOVE | MREMAP_FIXED, args[0] }));
	default:
		return steps_finish(t);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */

/* mremap(2) of a traced program over neighbouring mappings that only a rule has separated. */

#include "steps-internal.h"

#include "mappings.h"
#include "tracee.h"

#include "basic/strutil.h"
#include "libcdm/kernel/residency.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define ARG_REMAP_FLAGS 3

/*
 * Without a scratch page nothing was bound. A process that shares its memory may have been bound with another's page.
 */
bool join_may_be_for(const struct thread *t, const struct call *call)
{
	return call->nr == SYS_mremap && (t->process->scratch || t->process->shares);
}

/* What it is bound by --------------------------------------------------------------------------------------------- */

static bool is_by_a_rule(const struct steps *s, const struct vma *vma)
{
	const struct placement *place = s->plan->place;

	for (unsigned i = 0; i < place->n_targets; i++)
		if (vma_is_bound(vma, &place->targets[i].nodes))
			return true;
	return false;
}

static bool is_alike(const struct map *a, const struct map *b)
{
	return streq(a->rights, b->rights) && a->inode == b->inode && a->what == b->what && streq(a->name, b->name);
}

/*
 * Whether the range is several mappings without a hole that differ only in their policies, which are those of rules (at
 * least one) or none.
 */
static bool is_set_apart(const struct steps *s, const struct maps *maps, struct vma_stream *vmas, uint64_t at, uint64_t end)
{
	const struct map *first = maps_find(maps, at), *map;
	bool is_bound = false;

	if (!first || first->end >= end)
		return false;
	vma_stream_judge_all(vmas);
	while (at < end) {
		_cleanup_vma_ struct vma vma = VMA_NONE;

		map = maps_find(maps, at);
		if (!map || vma_stream_next(vmas, &vma, NULL) <= 0)
			return false;
		if (vma.start < map->start)
			continue;
		if (vma.start != map->start || !is_alike(map, first) || !(vma.is_tasks || is_by_a_rule(s, &vma)))
			return false;
		is_bound |= !vma.is_tasks;
		at = map->end;
	}
	return is_bound;
}

static bool is_for(const struct steps *s, const struct thread *t, struct pieces *ret)
{
	const uint64_t *args = t->call.args;
	_cleanup_vma_stream_ struct vma_stream *vmas = NULL;
	_cleanup_maps_ struct maps maps = MAPS_NONE;
	_cleanup_free_ char *text = NULL;

	return pieces_begin(ret, args, steps_page_size()) &&
	       root_read(s->root, &text, NULL, "proc/%d/maps", (int)t->tid) >= 0 && maps_parse(text, &maps) >= 0 &&
	       vma_stream_of_pid(s->root, t->tid, &vmas, NULL) >= 0 &&
	       is_set_apart(s, &maps, vmas, args[0], args[0] + args[1]);
}

/* The calls ------------------------------------------------------------------------------------------------------- */

/*
 * With MREMAP_FIXED the kernel unmaps the new place before it examines the old one. So the call is given invalid flags,
 * for which the kernel refuses it, and is then done by pieces.
 */
int join_prepare(struct steps *s, struct thread *t)
{
	struct arch_regs regs;
	int r;

	if (!(t->call.args[ARG_REMAP_FLAGS] & MREMAP_FIXED) || !is_for(s, t, &t->pieces))
		return 0;
	r = tracee_regs(t->tid, &regs);
	if (r < 0)
		return r;
	arch_set_arg(&regs, ARG_REMAP_FLAGS, ~0ULL);
	t->joins = true;
	return tracee_set_regs(t->tid, &regs);
}

bool join_is_asked(const struct steps *s, struct thread *t, int error)
{
	if (!t->joins && error == -EFAULT && join_may_be_for(t, &t->call) && !(t->call.args[ARG_REMAP_FLAGS] & MREMAP_FIXED))
		t->joins = is_for(s, t, &t->pieces);
	return t->joins;
}

struct where {
	const struct steps *steps;
	const struct thread *thread;
};

static uint64_t start_of(void *arg, uint64_t at)
{
	const struct where *where = arg;
	struct mapping map;

	return tracee_map(where->steps->root, where->thread->tid, at, &map) >= 0 ? map.start : 0;
}

/* A range that has grown to a size that a rule allows is bound as a whole. */
static int is_moved(struct steps *s, struct thread *t)
{
	struct mapping map;

	t->start = (uint64_t)t->pieces.result;
	t->size = t->call.args[2];
	arch_set_value(&t->regs, t->start);
	if (!t->is_allowed || tracee_map(s->root, t->tid, t->start, &map) < 0 || !map.is_private_anonymous || map.is_exec)
		return steps_finish(t);
	t->asked = true;
	return steps_bind(s, t);
}

static int next(struct steps *s, struct thread *t)
{
	struct where where = { s, t };
	struct pieces_call piece;
	struct call call;

	if (pieces_next(&t->pieces, start_of, &where, &piece)) {
		call.nr = (uint64_t)piece.nr;
		memcpy(call.args, piece.args, sizeof(call.args));
		return steps_run(t, STEP_JOIN, &call);
	}
	if (t->pieces.result >= 0)
		return is_moved(s, t);
	t->error = (int)t->pieces.result;
	return steps_finish(t);
}

int join_begin(struct steps *s, struct thread *t)
{
	int r = steps_hold_signals(t);

	return r < 0 ? r : next(s, t);
}

int join_go_on(struct steps *s, struct thread *t, uint64_t result, int error)
{
	pieces_made(&t->pieces, error ? error : (int64_t)result);
	return next(s, t);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* jemalloc's extent hooks: where an arena's address space comes from, and how strict memory is filled. */

#include "extent.h"

#include <sys/mman.h>

#include "chunk.h"
#include "own-call.h"
#include "preload.h"
#include "room.h"

__thread bool extent_is_refused;
__thread size_t extent_given_back;

static const struct placement_target *target_of(extent_hooks_t *hooks)
{
	return ((struct extent_owner *)hooks)->target;
}

static void *extent_alloc(extent_hooks_t *hooks, void *wanted, size_t size, size_t align, bool *zero, bool *commit,
			  unsigned arena)
{
	void *p = chunk_carve(target_of(hooks), size, align, wanted);

	(void)arena;
	if (p)
		*zero = *commit = true;
	return p;
}

/*
 * An extent of a strict target is only address space until it is committed. jemalloc asks for a committed extent when
 * it failed to grow its retained space: then there is no room, and carving more would only use up addresses.
 */
static void *extent_alloc_strict(extent_hooks_t *hooks, void *wanted, size_t size, size_t align, bool *zero,
				 bool *commit, unsigned arena)
{
	void *p = extent_is_refused || *commit ? NULL : extent_alloc(hooks, wanted, size, align, zero, commit, arena);

	if (p)
		*commit = false;
	return p;
}

/* MADV_DONTNEED keeps the VMA in one piece (mm/madvise.c, madvise_vma_behavior()). For jemalloc, true means refused. */
static bool extent_purge(extent_hooks_t *hooks, void *p, size_t size, size_t offset, size_t length, unsigned arena)
{
	(void)hooks;
	(void)size;
	(void)arena;
	if (madvise((char *)p + offset, length, MADV_DONTNEED) < 0)
		return true;
	extent_given_back += length;
	return false;
}

static bool fill(const struct placement_target *t, void *p, size_t size)
{
	if (own_fill(p, size, MADV_POPULATE_WRITE, &t->nodes) == 0)
		return true;
	(void)madvise(p, size, MADV_DONTNEED);
	return false;
}

/*
 * When a neighbouring range was filled, or could not be, a huge page may have come that reaches into this range and
 * lies on another node. The first try then fails and drops it, so that it is gone at the second try.
 */
static bool fill_twice(const struct placement_target *t, void *p, size_t size)
{
	return fill(t, p, size) ? true : fill(t, p, size);
}

static bool extent_commit(extent_hooks_t *hooks, void *p, size_t size, size_t offset, size_t length, unsigned arena)
{
	const struct placement_target *t = target_of(hooks);
	void *from = (char *)p + offset;

	(void)size;
	(void)arena;
	extent_is_refused = extent_is_refused || !room_for(&t->nodes, length) || !fill_twice(t, from, length);
	return extent_is_refused;
}

static bool extent_split(extent_hooks_t *hooks, void *p, size_t size, size_t a, size_t b, bool committed, unsigned arena)
{
	(void)hooks;
	(void)p;
	(void)size;
	(void)a;
	(void)b;
	(void)committed;
	(void)arena;
	return false;
}

static bool extent_merge(extent_hooks_t *hooks, void *a, size_t a_size, void *b, size_t b_size, bool committed,
			 unsigned arena)
{
	(void)hooks;
	(void)a;
	(void)a_size;
	(void)b;
	(void)b_size;
	(void)committed;
	(void)arena;
	return false;
}

/* There is no dalloc and no decommit: address space is kept, and purging gives its pages back. */
static const extent_hooks_t spilling = {
	.alloc = extent_alloc,
	.purge_forced = extent_purge,
	.split = extent_split,
	.merge = extent_merge,
};

/*
 * With these hooks jemalloc knows where there are pages and where there are none, and accepts a refusal (basic/fill.h).
 */
static const extent_hooks_t strict = {
	.alloc = extent_alloc_strict,
	.commit = extent_commit,
	.decommit = extent_purge,
	.purge_forced = extent_purge,
	.split = extent_split,
	.merge = extent_merge,
};

void extent_own(struct extent_owner *owner, const struct placement_target *t)
{
	*owner = (struct extent_owner){ .hooks = target_is_strict(t) ? strict : spilling, .target = t };
}

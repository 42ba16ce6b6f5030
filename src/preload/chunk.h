/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where device blocks live: a few large ranges ("chunks") for each target, handed out from bottom to top. A chunk is
 * one VMA with the target's policy, however many blocks it holds, and grows at its upper end as needed, if there is
 * room. Nothing is reserved ahead, so that a program may limit its address space, or lock its memory, at any time. Only
 * reading the table of chunks takes no lock.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "placement/placement.h"

/*
 * Every address of a device block lies in [lo, hi). Each bound only moves outwards, so a reader that sees one new and
 * one old bound still sees at least the old range. A thread that has a new block saw both bounds move before.
 */
struct owned_range {
	uintptr_t lo, hi;
};
extern struct owned_range owned_range __attribute__((visibility("hidden")));

static inline bool owned_maybe(const void *p)
{
	return __builtin_expect((uintptr_t)p >= __atomic_load_n(&owned_range.lo, __ATOMIC_RELAXED) &&
					(uintptr_t)p < __atomic_load_n(&owned_range.hi, __ATOMIC_RELAXED),
				0);
}

/* Makes owned_maybe() true for [p, p + size). */
void owned_add(const void *p, size_t size);

/* Returns the target of the chunk that p lies in, or NULL if p lies in no chunk. */
const struct placement_target *chunk_target(const void *p);

/*
 * Whether the target has a chunk; creates the first one if not. After a failure (no device node granted yet, for
 * example) the next attempt is made 100 ms later at the earliest.
 */
bool chunk_ready(const struct placement_target *t);

/*
 * The kernel does not widen a policy that prefers nodes when one of them arrives (mm/mempolicy.c,
 * mpol_rebind_preferred()). So this sets the policy again on all chunks that have such a one, once the process's
 * allowed nodes have changed. It looks once a second, which costs a system call; otherwise it makes none.
 */
void chunk_widen(void);

/*
 * Returns a fresh, zeroed, bound range; size and align are multiples of the page size. Returns NULL if there is none,
 * or none at `wanted`.
 */
void *chunk_carve(const struct placement_target *t, size_t size, size_t align, const void *wanted);

/*
 * Called in a forked child: whether it has device memory. If not (bind_dont_fork), a parent's block faults when it is
 * touched, and no other mapping takes its place.
 */
bool chunk_child(void);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where device blocks live: a few large ranges ("chunks") for each target, handed out from bottom to top. A chunk is
 * one VMA with the target's policy, however many blocks stand in it, and grows at its upper end, where there is room,
 * as it is needed: nothing is reserved, so that a program may limit its address space, or lock its memory, at any time.
 * Only reading the table is free of locks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "placement/placement.h"

/*
 * Every address that may be one of ours lies in [lo, hi). Each bound moves only outwards, so a reader that sees one
 * new and one old still sees at least the old range, and whoever holds a new block saw both move before.
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

/* Whether p lies in a chunk, and then of which target; NULL: in none. */
const struct placement_target *chunk_target(const void *p);

/*
 * Whether the target has a chunk; makes its first if not. After a failure (no device node granted yet, say) the next
 * try is made 100 ms later at the earliest.
 */
bool chunk_ready(const struct placement_target *t);

/*
 * A policy that prefers nodes is not widened by the kernel when one of them arrives (mm/mempolicy.c,
 * mpol_rebind_preferred()): so it is given anew to all chunks that have one, once the process's nodes have changed.
 * Looks once a second, which costs a system call; otherwise it costs nothing.
 */
void chunk_widen(void);

/*
 * A fresh, zero, bound range; size and align are multiples of the page size. NULL if there is none, or none at
 * `wanted`.
 */
void *chunk_carve(const struct placement_target *t, size_t size, size_t align, const void *wanted);

/*
 * Whether this process, a forked child, has device memory. If it goes without (bind_dont_fork), what was a block faults
 * when it is touched, and nothing else comes to stand there.
 */
bool chunk_child(void);

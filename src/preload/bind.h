/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* mbind(2), without libnuma and without touching errno. */

#include <signal.h>

#include "placement/placement.h"

/*
 * Binds [p, p + size) to the target's nodes in its mode, with the flags of mbind(2) (MPOL_MF_MOVE, or 0). Returns 0 or
 * a negative errno; after an error the range keeps its policy (a range without one keeps the task policy, which has
 * system nodes only). Huge pages and the node to try first are advice: if the kernel does not take it, the range is
 * still bound.
 */
int bind_range(const struct placement_target *t, void *p, size_t size, unsigned flags);

/* Whether private ranges that are bound are kept from forked children. */
extern bool bind_dont_fork __attribute__((visibility("hidden")));

/*
 * Like bind_range(), for a range that no other process shares: with bind_dont_fork, forked children do not get it
 * (MADV_DONTFORK).
 */
int bind_private(const struct placement_target *t, void *p, size_t size, unsigned flags);

/*
 * Between bind_task() and bind_task_undo() the calling thread has the target's policy, and signals are blocked. This is
 * for mmap(2) of huge pages from a pool, which are reserved under the task policy (mm/hugetlb.c, allowed_mems_nr()): a
 * policy that binds to system nodes would allow none for the device's nodes.
 */
struct bind_task {
	sigset_t signals;
	int mode;
	bool is_changed;
	struct nodeset nodes;
};
void bind_task(const struct placement_target *t, struct bind_task *ret_before);
void bind_task_undo(const struct bind_task *before);

/* Removes the policy, and moves the pages that are there already back. Forked children get the range again. */
void bind_undo(void *p, size_t size);

/* Whether the VMA at p has no policy of its own. */
bool bind_is_free(void *p);

/* Returns the number of the target whose policy the memory at p has, or -1 if it has another policy, or none. */
int bind_find(const struct placement_target *targets, unsigned n, void *p);

/* Whether anything in [p, p + size) may have been bound by bind_range(). */
bool bind_maybe(const void *p, size_t size);

/* How often bind_range() has failed in this process. */
unsigned long bind_failures(void);

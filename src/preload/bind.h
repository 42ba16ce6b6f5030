/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* mbind(2), without libnuma and without touching errno. */

#include <signal.h>

#include "placement/placement.h"

/*
 * Binds [p, p + size) to the target's nodes in its mode, with flags as mbind(2) has them (MPOL_MF_MOVE, or 0): 0 or a
 * negative errno, in which case the range keeps the policy it had (a range without its own: the task's, which is system
 * nodes only). What else the target asks for, huge pages and a node to try first, is advice: where the kernel does not
 * take it, the range is bound all the same.
 */
int bind_range(const struct placement_target *t, void *p, size_t size, unsigned flags);

/* Whether forked children go without private ranges that are bound. */
extern bool bind_dont_fork __attribute__((visibility("hidden")));

/* The same of a range that is nobody else's: with bind_dont_fork no forked child has it (MADV_DONTFORK). */
int bind_private(const struct placement_target *t, void *p, size_t size, unsigned flags);

/*
 * Between the two the calling thread's own policy is the target's, and no signal comes in between. That is for mmap(2)
 * of huge pages out of a pool, which are reserved by the task's policy (mm/hugetlb.c, allowed_mems_nr()): by one that
 * binds to system nodes there would be none for the device's.
 */
struct bind_task {
	sigset_t signals;
	int mode;
	bool is_changed;
	struct nodeset nodes;
};
void bind_task(const struct placement_target *t, struct bind_task *ret_before);
void bind_task_undo(const struct bind_task *before);

/* Takes the policy off again, and brings back what is there already. Forked children have it again, too. */
void bind_undo(void *p, size_t size);

/* Whether the VMA at p has no policy of its own. */
bool bind_is_free(void *p);

/* The number of the target whose policy the memory at p has; negative: it has another one, or none of its own. */
int bind_find(const struct placement_target *targets, unsigned n, void *p);

/* Whether anything in [p, p + size) may have been bound by bind_range(). */
bool bind_maybe(const void *p, size_t size);

/* How often bind_range() has failed in this process. */
unsigned long bind_failures(void);

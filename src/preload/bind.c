/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* mbind(2) for the preload library. */

#include "bind.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <string.h>

#include "basic/missing.h"
#include "counts.h"
#include "own-call.h"
#include "sys.h"

bool bind_dont_fork;

static unsigned long failures;

/* Every range that was bound lies between these. */
static uintptr_t lowest = UINTPTR_MAX, highest;

static void note(uintptr_t start, uintptr_t end)
{
	uintptr_t low = __atomic_load_n(&lowest, __ATOMIC_RELAXED), high = __atomic_load_n(&highest, __ATOMIC_RELAXED);

	while (start < low && !__atomic_compare_exchange_n(&lowest, &low, start, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	while (end > high && !__atomic_compare_exchange_n(&highest, &high, end, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

bool bind_maybe(const void *p, size_t size)
{
	return (uintptr_t)p < __atomic_load_n(&highest, __ATOMIC_RELAXED) &&
	       (uintptr_t)p + size > __atomic_load_n(&lowest, __ATOMIC_RELAXED);
}

static void advise(const struct placement_target *t, void *p, size_t size)
{
	const int advice = target_advice(t);

	if (advice)
		(void)madvise(p, size, advice);
	if (t->has_home)
		(void)own_call(SYS_set_mempolicy_home_node, p, size, (unsigned long)t->home, 0UL);
}

int bind_range(const struct placement_target *t, void *p, size_t size, unsigned flags)
{
	int saved = errno, r = 0;

	if (own_call(SYS_mbind, p, size, policy_mode(t->policy), t->nodes.bits, NODESET_MAXNODE, flags) < 0) {
		r = -errno;
		__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
		counts_unbound(t->index, size, r);
	} else {
		note((uintptr_t)p, (uintptr_t)p + size);
		advise(t, p, size);
	}
	errno = saved;
	return r;
}

int bind_private(const struct placement_target *t, void *p, size_t size, unsigned flags)
{
	int saved = errno, r = bind_range(t, p, size, flags);

	if (r == 0 && bind_dont_fork)
		(void)madvise(p, size, MADV_DONTFORK);
	errno = saved;
	return r;
}

void bind_task(const struct placement_target *t, struct bind_task *ret_before)
{
	int saved = errno;
	sigset_t all;

	sys_all_signals(&all);
	*ret_before = (struct bind_task){ .mode = MPOL_DEFAULT };
	(void)pthread_sigmask(SIG_BLOCK, &all, &ret_before->signals);
	ret_before->is_changed =
		own_call(SYS_get_mempolicy, &ret_before->mode, ret_before->nodes.bits, NODESET_MAXNODE, NULL, 0UL) == 0 &&
		own_call(SYS_set_mempolicy, policy_mode(t->policy), t->nodes.bits, NODESET_MAXNODE) == 0;
	errno = saved;
}

void bind_task_undo(const struct bind_task *before)
{
	int saved = errno;

	if (before->is_changed)
		(void)own_call(SYS_set_mempolicy, before->mode, before->nodes.bits, NODESET_MAXNODE);
	(void)pthread_sigmask(SIG_SETMASK, &before->signals, NULL);
	errno = saved;
}

/*
 * The kernel skips a mapping that has no policy of its own (mbind_range()), even if the memory that it shares with
 * another mapping has one. Such a mapping is first given another policy.
 */
void bind_undo(void *p, size_t size)
{
	int saved = errno;

	(void)own_call(SYS_mbind, p, size, MPOL_DEFAULT, NULL, 0UL, MPOL_MF_MOVE);
	if (!bind_is_free(p)) {
		(void)own_call(SYS_mbind, p, size, MPOL_LOCAL, NULL, 0UL, 0UL);
		(void)own_call(SYS_mbind, p, size, MPOL_DEFAULT, NULL, 0UL, MPOL_MF_MOVE);
	}
	if (bind_dont_fork)
		(void)madvise(p, size, MADV_DOFORK);
	errno = saved;
}

/*
 * For a VMA without a policy get_mempolicy(2) returns MPOL_DEFAULT, whatever the task policy is (do_get_mempolicy()).
 */
bool bind_is_free(void *p)
{
	int saved = errno, mode = -1;

	(void)own_call(SYS_get_mempolicy, &mode, NULL, 0UL, p, (unsigned long)MPOL_F_ADDR);
	errno = saved;
	return mode == MPOL_DEFAULT;
}

/* With STATIC_NODES the kernel returns the nodes that it was given (do_get_mempolicy()). */
int bind_find(const struct placement_target *targets, unsigned n, void *p)
{
	struct nodeset nodes = NODESET_EMPTY;
	int saved = errno, mode = -1, found = -1;

	if (own_call(SYS_get_mempolicy, &mode, nodes.bits, NODESET_MAXNODE, p, (unsigned long)MPOL_F_ADDR) == 0)
		for (unsigned i = 0; i < n && found < 0; i++)
			if (mode == policy_mode(targets[i].policy) && nodeset_equal(&nodes, &targets[i].nodes))
				found = (int)i;
	errno = saved;
	return found;
}

unsigned long bind_failures(void)
{
	return __atomic_load_n(&failures, __ATOMIC_RELAXED);
}

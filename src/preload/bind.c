/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bind.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "counts.h"

/* Kernel headers have it since 6.9 only; the kernel refuses with EINVAL what it does not know. */
#define MODE_WEIGHTED_INTERLEAVE 6

#ifndef SYS_set_mempolicy_home_node /* 5.17 */
#define SYS_set_mempolicy_home_node 450
#endif

static const int modes[HANDOVER_MODES] = {
	[HANDOVER_PREFER] = MPOL_PREFERRED_MANY, [HANDOVER_BIND] = MPOL_BIND,
	[HANDOVER_INTERLEAVE] = MPOL_INTERLEAVE, [HANDOVER_WEIGHTED] = MODE_WEIGHTED_INTERLEAVE,
	[HANDOVER_PREFER_ONE] = MPOL_PREFERRED,
};

bool bind_dont_fork;

static unsigned long failures;

static void advise(const struct handover_target *t, void *p, size_t size)
{
	if (t->thp != HANDOVER_THP_DEFAULT)
		(void)madvise(p, size, t->thp == HANDOVER_THP_ALWAYS ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	if (t->has_home)
		(void)syscall(SYS_set_mempolicy_home_node, p, size, (unsigned long)t->home, 0UL);
}

/* STATIC_NODES, so that the policy outlives every change of the cpuset (mm/mempolicy.c, mpol_rebind_policy()). */
int bind_range(const struct handover_target *t, void *p, size_t size, unsigned flags)
{
	int saved = errno, r = 0;

	if (syscall(SYS_mbind, p, size, modes[t->mode] | MPOL_F_STATIC_NODES, t->nodes.bits, NODESET_MAXNODE, flags) < 0) {
		r = -errno;
		__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
		counts_unbound(t->index, size, r);
	} else {
		advise(t, p, size);
	}
	errno = saved;
	return r;
}

int bind_private(const struct handover_target *t, void *p, size_t size, unsigned flags)
{
	int saved = errno, r = bind_range(t, p, size, flags);

	if (r == 0 && bind_dont_fork)
		(void)madvise(p, size, MADV_DONTFORK);
	errno = saved;
	return r;
}

void bind_task(const struct handover_target *t, struct bind_task *ret_before)
{
	int saved = errno;
	sigset_t all;

	sigfillset(&all);
	*ret_before = (struct bind_task){ .mode = MPOL_DEFAULT };
	(void)pthread_sigmask(SIG_BLOCK, &all, &ret_before->signals);
	ret_before->is_changed =
		syscall(SYS_get_mempolicy, &ret_before->mode, ret_before->nodes.bits, NODESET_MAXNODE, NULL, 0UL) == 0 &&
		syscall(SYS_set_mempolicy, modes[t->mode] | MPOL_F_STATIC_NODES, t->nodes.bits, NODESET_MAXNODE) == 0;
	errno = saved;
}

void bind_task_undo(const struct bind_task *before)
{
	int saved = errno;

	if (before->is_changed)
		(void)syscall(SYS_set_mempolicy, before->mode, before->nodes.bits, NODESET_MAXNODE);
	(void)pthread_sigmask(SIG_SETMASK, &before->signals, NULL);
	errno = saved;
}

void bind_undo(void *p, size_t size)
{
	int saved = errno;

	(void)syscall(SYS_mbind, p, size, MPOL_DEFAULT, NULL, 0UL, MPOL_MF_MOVE);
	errno = saved;
}

/* For a VMA without a policy get_mempolicy(2) answers MPOL_DEFAULT, whatever the task's is (do_get_mempolicy()). */
bool bind_is_free(void *p)
{
	int saved = errno, mode = -1;

	(void)syscall(SYS_get_mempolicy, &mode, NULL, 0UL, p, (unsigned long)MPOL_F_ADDR);
	errno = saved;
	return mode == MPOL_DEFAULT;
}

unsigned long bind_failures(void)
{
	return __atomic_load_n(&failures, __ATOMIC_RELAXED);
}

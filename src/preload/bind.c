/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bind.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Kernel headers have it since 6.9 only; the kernel refuses with EINVAL what it does not know. */
#define MODE_WEIGHTED_INTERLEAVE 6

static const int modes[HANDOVER_MODES] = {
	[HANDOVER_PREFER] = MPOL_PREFERRED_MANY,
	[HANDOVER_BIND] = MPOL_BIND,
	[HANDOVER_INTERLEAVE] = MPOL_INTERLEAVE,
	[HANDOVER_WEIGHTED] = MODE_WEIGHTED_INTERLEAVE,
};

static unsigned long failures;

/* STATIC_NODES, so that the policy outlives every change of the cpuset (mm/mempolicy.c, mpol_rebind_policy()). */
int bind_range(const struct handover_target *t, void *p, size_t size, unsigned flags)
{
	int saved = errno, r = 0;

	if (syscall(SYS_mbind, p, size, modes[t->mode] | MPOL_F_STATIC_NODES, t->nodes.bits, NODESET_MAXNODE, flags) < 0) {
		r = -errno;
		__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
	}
	errno = saved;
	return r;
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The names of the policies, and the modes of mbind(2). Apart from mempolicy.c, for those who do without libnuma. */

#include "mempolicy-mode.h"

#include <errno.h>

#include <linux/mempolicy.h>
#include <stddef.h>
#include <string.h>

/* MPOL_WEIGHTED_INTERLEAVE, in kernel headers since 6.9 only; a kernel refuses with EINVAL what it does not know. */
#define MODE_WEIGHTED_INTERLEAVE 6

int policy_mode(enum cdm_policy p)
{
	/*
	 * Never MPOL_BIND: where its nodes are full the kernel kills somebody. What is strict is filled and looked at
	 * (basic/fill.h).
	 */
	static const int modes[POLICIES] = {
		[POLICY_PREFER] = MPOL_PREFERRED_MANY, [POLICY_BIND] = MPOL_PREFERRED_MANY,
		[POLICY_INTERLEAVE] = MPOL_INTERLEAVE, [POLICY_WEIGHTED] = MODE_WEIGHTED_INTERLEAVE,
		[POLICY_PREFER_ONE] = MPOL_PREFERRED,
	};

	/* So that it outlives every change of the cpuset (mm/mempolicy.c, mpol_rebind_policy()). */
	return modes[p] | MPOL_F_STATIC_NODES;
}

static const char *const policies[POLICIES] = {
	[POLICY_PREFER] = "prefer",     [POLICY_BIND] = "bind",         [POLICY_INTERLEAVE] = "interleave",
	[POLICY_WEIGHTED] = "weighted", [POLICY_PREFER_ONE] = "prefer",
};

const char *policy_name(enum cdm_policy p)
{
	return policies[p];
}

int policy_from_name(const char *name)
{
	for (size_t i = 0; i < POLICIES; i++)
		if (strcmp(policies[i], name) == 0)
			return (int)i;
	return -EINVAL;
}

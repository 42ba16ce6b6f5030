/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The names of the policies, and the modes of mbind(2). Apart from mempolicy.c, for those who do without libnuma. */

#include "mempolicy-mode.h"

#include <errno.h>

#include <linux/mempolicy.h>
#include <stddef.h>
#include <string.h>

#define MODE_WEIGHTED_INTERLEAVE 6 /* MPOL_WEIGHTED_INTERLEAVE, 6.9 */

int policy_mode(enum cdm_policy p)
{
	/*
	 * Never MPOL_BIND: where its nodes are full the kernel kills somebody. What is strict is filled and looked at.
	 */
	static const int modes[] = {
		[POLICY_PREFER] = MPOL_PREFERRED_MANY, [POLICY_BIND] = MPOL_PREFERRED_MANY,
		[POLICY_INTERLEAVE] = MPOL_INTERLEAVE, [POLICY_WEIGHTED] = MODE_WEIGHTED_INTERLEAVE,
		[POLICY_PREFER_ONE] = MPOL_PREFERRED,
	};

	return modes[p] | MPOL_F_STATIC_NODES;
}

static const char *const policies[] = {
	[POLICY_PREFER] = "prefer",     [POLICY_BIND] = "bind",         [POLICY_INTERLEAVE] = "interleave",
	[POLICY_WEIGHTED] = "weighted", [POLICY_PREFER_ONE] = "prefer",
};

const char *policy_name(enum cdm_policy p)
{
	return policies[p];
}

int policy_from_name(const char *name)
{
	for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++)
		if (strcmp(policies[i], name) == 0)
			return (int)i;
	return -EINVAL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The names of the policies, and the modes of mbind(2). Apart from mempolicy.c, for code that does without libnuma. */

#include "mempolicy-mode.h"

#include "basic/strutil.h"

#include <linux/mempolicy.h>

/* MPOL_WEIGHTED_INTERLEAVE is in kernel headers only since 6.9; a kernel that does not know it refuses with EINVAL. */
#define MODE_WEIGHTED_INTERLEAVE 6

const char *const policy_words[POLICIES] = {
	[POLICY_PREFER] = "prefer",         [POLICY_BIND] = "bind",
	[POLICY_INTERLEAVE] = "interleave", [POLICY_WEIGHTED] = "weighted",
	[POLICY_PREFER_ONE] = "preferred",
};

/* With STATIC_NODES the policy outlives every change of the cpuset (mm/mempolicy.c, mpol_rebind_policy()). */
int policy_mode(enum cdm_policy p)
{
	/*
	 * Never MPOL_BIND: when its nodes are full, the kernel kills a process. Strict memory is filled and then
	 * checked instead (basic/fill.h).
	 */
	static const int modes[POLICIES] = {
		[POLICY_PREFER] = MPOL_PREFERRED_MANY, [POLICY_BIND] = MPOL_PREFERRED_MANY,
		[POLICY_INTERLEAVE] = MPOL_INTERLEAVE, [POLICY_WEIGHTED] = MODE_WEIGHTED_INTERLEAVE,
		[POLICY_PREFER_ONE] = MPOL_PREFERRED,
	};

	return modes[p] | MPOL_F_STATIC_NODES;
}

const char *policy_name(enum cdm_policy p)
{
	return policy_words[p == POLICY_PREFER_ONE ? POLICY_PREFER : p];
}

int policy_from_name(const char *name)
{
	return word_index(name, policy_words, POLICIES_ASKED);
}

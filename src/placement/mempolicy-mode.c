/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Apart from policy.c, for those who do without libnuma. */

#include "libcdm/kernel/mempolicy.h"

#include <linux/mempolicy.h>

#define MODE_WEIGHTED_INTERLEAVE 6 /* MPOL_WEIGHTED_INTERLEAVE, 6.9 */

int policy_mode(enum cdm_policy p)
{
	/* Never MPOL_BIND: where its nodes are full the kernel kills somebody. What is strict is filled and looked at. */
	static const int modes[] = {
		[POLICY_PREFER] = MPOL_PREFERRED_MANY, [POLICY_BIND] = MPOL_PREFERRED_MANY,
		[POLICY_INTERLEAVE] = MPOL_INTERLEAVE, [POLICY_WEIGHTED] = MODE_WEIGHTED_INTERLEAVE,
		[POLICY_PREFER_ONE] = MPOL_PREFERRED,
	};

	return modes[p] | MPOL_F_STATIC_NODES;
}

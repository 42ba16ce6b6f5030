/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The policy that is used on a kernel that does not know the requested one. */

#include "check.h"

#include "libcdm/kernel/mempolicy.h"

#include <errno.h>

static int known; /* bit mask of the policies that the simulated kernel knows */
static int failure;

static int probe(enum cdm_policy p, const struct nodeset *nodes)
{
	(void)nodes;
	return failure ? failure : known & 1 << p ? 0 : -EINVAL;
}

#define OLD (1 << POLICY_INTERLEAVE | 1 << POLICY_PREFER_ONE) /* before 5.15 */
#define MIDDLE (OLD | 1 << POLICY_PREFER | 1 << POLICY_BIND)  /* before 6.9 */
#define NEW (MIDDLE | 1 << POLICY_WEIGHTED)

TEST(an_unknown_policy_is_replaced_only_where_an_older_one_fits)
{
	static const struct {
		int known;
		enum cdm_policy wanted;
		int r;
		enum cdm_policy resolved;
	} cases[] = {
		{ OLD, POLICY_PREFER, 0, POLICY_PREFER_ONE },     { OLD, POLICY_BIND, -EINVAL, POLICY_BIND },
		{ OLD, POLICY_INTERLEAVE, 0, POLICY_INTERLEAVE }, { OLD, POLICY_WEIGHTED, -EINVAL, POLICY_WEIGHTED },
		{ MIDDLE, POLICY_PREFER, 0, POLICY_PREFER },      { MIDDLE, POLICY_WEIGHTED, -EINVAL, POLICY_WEIGHTED },
		{ NEW, POLICY_PREFER, 0, POLICY_PREFER },         { NEW, POLICY_WEIGHTED, 0, POLICY_WEIGHTED },
		{ 0, POLICY_PREFER, -EINVAL, POLICY_PREFER },
	};
	const struct nodeset nodes = nodeset_of(1);

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		enum cdm_policy resolved = cases[i].wanted;

		known = cases[i].known;
		CHECK_INT(policy_resolve(cases[i].wanted, &nodes, probe, &resolved), ==, cases[i].r);
		CHECK_INT(resolved, ==, cases[i].resolved);
	}
}

/* Only an unknown policy (EINVAL) is replaced by an older one. */
TEST(another_error_is_returned_and_the_policy_kept)
{
	const struct nodeset nodes = nodeset_of(1);
	enum cdm_policy resolved = POLICY_PREFER;

	known = NEW;
	failure = -EPERM;
	CHECK_INT(policy_resolve(POLICY_PREFER, &nodes, probe, &resolved), ==, -EPERM);
	CHECK_INT(resolved, ==, POLICY_PREFER);
	failure = 0;
}

/* The replacement has the kernel's older mode, and is a static policy too. */
TEST(this_kernel_accepts_the_replacement_policy)
{
	const struct nodeset nodes = nodeset_of(0);

	CHECK_INT(policy_probe(POLICY_PREFER_ONE, &nodes), ==, 0);
	CHECK_INT(policy_probe(POLICY_BIND, &nodes), ==, 0);
	CHECK_STR(policy_name(POLICY_PREFER_ONE), "prefer");
	CHECK_INT(policy_from_name("prefer"), ==, POLICY_PREFER);
}

CHECK_MAIN()

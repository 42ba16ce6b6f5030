/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Checks which of the requested features this kernel supports. */

#include "launch.h"

#include "basic/strutil.h"
#include "libcdm/kernel/mempolicy.h"

#include <errno.h>

#define THP "sys/kernel/mm/transparent_hugepage"

int launch_check_kernel(const struct launch *l, const struct root *root, struct error *err)
{
	_cleanup_free_ char *enabled = NULL;
	bool wants = false;
	int r;

	for (size_t i = 0; i < l->place.n_targets; i++)
		wants = wants || l->place.targets[i].thp == PLACEMENT_THP_ALWAYS;
	if (!wants)
		return 0;
	r = root_read_line(root, &enabled, THP "/enabled");
	if (r == -ENOENT)
		return fail(err, -EOPNOTSUPP, "thp=always: this kernel has no transparent huge pages");
	if (r < 0)
		return fail(err, r, "/" THP "/enabled: %m");
	if (strstr(enabled, "[never]"))
		return fail(err, -EOPNOTSUPP,
			    "thp=always: transparent huge pages are off: write madvise to /" THP "/enabled");
	return 0;
}

static int resolve_home(const struct placement_target *t, struct error *err)
{
	int r = policy_probe_home(t->policy, &t->nodes, (int)t->home);

	if (r == -ENOSYS)
		return fail(err, r, "home=%u: this kernel cannot try one node first: Linux 5.17 can", t->home);
	if (r == -EINVAL)
		return fail(err, r, "home=%u: the node is not online; see `cdmadm nodes`", t->home);
	return r < 0 ? fail(err, r, "home=%u: %m", t->home) : 0;
}

static int resolve(const struct launch *l, struct placement_target *t, struct error *err)
{
	const struct nodeset present = nodeset_and(&t->nodes, &l->present);
	const enum cdm_policy wanted = t->policy;
	int r;

	if (nodeset_empty(&present))
		return fail(err, -ENODEV, "a rule's nodes (%s): none of them is online and granted; see `cdmadm nodes`",
			    NODESET_STR(&t->nodes));
	r = policy_resolve(wanted, &t->nodes, policy_probe, &t->policy);
	if (r == -EINVAL && wanted == POLICY_WEIGHTED)
		return fail(err, r, "--policy weighted: this kernel does not know it: Linux 6.9 does");
	if (r == -EINVAL && wanted == POLICY_BIND)
		return fail(err, r,
			    "--strict: this kernel would kill processes if a device is full, since it cannot spill "
			    "instead: Linux 5.15 can");
	if (r == -EINVAL)
		return fail(err, r, "--policy %s: this kernel does not know it for node %s", policy_name(wanted),
			    NODESET_STR(&t->nodes));
	if (r < 0)
		return fail(err, r, "--policy %s: trying it on node %s: %m", policy_name(wanted), NODESET_STR(&t->nodes));
	return t->has_home ? resolve_home(t, err) : 0;
}

int launch_resolve(const struct launch *l, struct placement_target *targets, struct error *err)
{
	bool less = false;
	int r = 0;

	for (size_t i = 0; i < l->place.n_targets && r >= 0; i++) {
		targets[i] = l->place.targets[i];
		r = resolve(l, &targets[i], err);
		less = less || targets[i].policy != l->place.targets[i].policy;
	}
	if (r >= 0 && less)
		fputs("cdm-launch: this kernel can prefer one node only, not several (Linux 5.15 can): the first of them is "
		      "preferred\n",
		      stderr);
	return r;
}

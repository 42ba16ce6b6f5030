/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fences and grants: what cpuset.mems of each cgroup shall be. */

#include "plan-internal.h"

#include "basic/strutil.h"
#include "leaf.h"

#include <errno.h>

/* System nodes, and what groups of these classes may hold beside them. */
static struct nodeset mems_for(const struct planner *p, uint64_t classes)
{
	struct nodeset devices = classify_grantable(p->now->classes, p->now->topology, classes);
	struct nodeset stay = nodeset_minus(&devices, &p->state->withdrawn), mems = nodeset_or(&p->system, &stay);

	/* The kernel refuses a node that is not possible (EINVAL). */
	return nodeset_and(&mems, &p->now->topology->possible);
}

/* The controller must be on in the parent before a child has a cpuset.mems. */
static int plan_controller(struct planner *p, const struct cgroup *parent)
{
	const struct plan *plan = p->plan;

	if (p->now->cgroups->world == CGROUP_V1 || parent->cpuset_below)
		return 0;
	/* A unit's controllers are systemd's to turn on; it does so when a unit is given AllowedMemoryNodes. */
	if (p->now->cgroups->world == CGROUP_V2_SYSTEMD)
		return 0;
	for (size_t i = 0; i < plan->n; i++)
		if (plan->steps[i].kind == STEP_CONTROLLER && streq(plan->steps[i].target, parent->path))
			return 0;
	return plan_add(p->plan, STEP_CONTROLLER, parent->path, NULL, NULL);
}

static const struct cgroup *parent_of(const struct planner *p, const struct cgroup *g)
{
	const char *slash = strrchr(g->path, '/');
	_cleanup_free_ char *path = slash ? strndup(g->path, (size_t)(slash - g->path)) : strdup("");

	return path ? cgroups_find(p->now->cgroups, path) : NULL;
}

/* What cpuset.mems holds now, taking "no list of its own" as everything. */
static int plan_mems(struct planner *p, const struct cgroup *g, const struct nodeset *want, bool is_fence)
{
	const struct cgroup *parent = parent_of(p, g);
	enum step_kind kind = is_fence ? STEP_FENCE : STEP_GRANT;
	struct plan *plan = is_fence ? p->plan : p->grants;
	int r;

	if (g->has_cpuset && g->explicit && nodeset_equal(&g->mems, want))
		return 0;
	if (!is_fence && g->has_cpuset && g->explicit && nodeset_subset(want, &g->mems)) {
		kind = STEP_REVOKE;
		plan = p->plan;
	}
	if (parent) {
		r = plan_controller(p, parent);
		if (r < 0)
			return r;
	}
	return plan_add(plan, kind, g->path, NULL, want);
}

/* A cgroup inside a group: its own list must stay within the group's, and one made before the nodes came grows. */
static int plan_inside(struct planner *p, const struct cgroup *g, const struct nodeset *want)
{
	struct nodeset asked, mems;

	if (!g->has_cpuset || !g->explicit)
		return 0;
	if (!leaf_is_ours(g->path))
		return plan_mems(p, g, want, false);
	/* A launched program's leaf was given just what its user asked for, and has it again after a node was withdrawn. */
	asked = state_mems_before(p->state, g);
	mems = nodeset_and(&asked, want);
	return nodeset_empty(&mems) ? 0 : plan_mems(p, g, &mems, false);
}

static int plan_cgroup(struct planner *p, const struct cgroup *g)
{
	const struct cgroup *parent = parent_of(p, g);
	uint64_t granted = config_granted(p->config, g->path), below = config_below(p->config, g->path);
	struct nodeset want;

	if (!*g->path || !parent)
		return 0;
	if (granted) {
		want = mems_for(p, granted | below);
		return config_granted(p->config, parent->path) == granted ? plan_inside(p, g, &want) :
									    plan_mems(p, g, &want, false);
	}
	if (below) {
		want = mems_for(p, below);
		return plan_mems(p, g, &want, false);
	}
	/* Structural: below a fenced cgroup nothing can get more than it has (effective = mems & the parent's). */
	if (*parent->path && !config_below(p->config, parent->path))
		return 0;
	return plan_mems(p, g, &p->system, true);
}

static int plan_missing_groups(struct planner *p)
{
	const struct cgroup *root = cgroups_find(p->now->cgroups, "");

	for (size_t i = 0; i < p->config->n_groups; i++) {
		const char *path = group_literal(&p->config->groups[i]);
		struct nodeset want;
		int r;

		if (!path || cgroups_find(p->now->cgroups, path))
			continue;
		want = mems_for(p, config_granted(p->config, path) | config_below(p->config, path));
		r = root ? plan_controller(p, root) : 0;
		if (r < 0)
			return r;
		r = plan_add(p->plan, STEP_CREATE, path, NULL, NULL);
		if (r < 0)
			return r;
		r = plan_add(p->grants, STEP_GRANT, path, NULL, &want);
		if (r < 0)
			return r;
	}
	return 0;
}

int plan_cgroups(struct planner *p)
{
	const struct cgroups *g = p->now->cgroups;
	int r = 0;

	/* Parents come before children in the tree, and a child's list may name what the parent does not have yet. */
	for (size_t i = 0; i < g->n && r >= 0; i++)
		r = plan_cgroup(p, &g->v[i]);
	return r < 0 ? r : plan_missing_groups(p);
}

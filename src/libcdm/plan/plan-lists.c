/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From the lists that are wanted to steps. Lists that grow by system nodes come before lists that shrink, so that pages
 * have a place to go, and a change of equal weight moves no page that may stay (do_migrate_pages() keeps relative
 * positions then); device nodes are added last, after they are brought online. On v1 a list must lie within its
 * parent's and cover its children's (validate_change_legacy()): there parents grow first, and children shrink first.
 */

#include "plan-internal.h"

#include "basic/strutil.h"

#include <errno.h>

static bool is_v1(const struct planner *p)
{
	return p->now->cgroups->world == WORLD_V1;
}

enum migrate plan_migrate(const struct planner *p, const struct cgroup *g)
{
	return is_v1(p) && !(g && g->migrates) ? MIGRATE_ON : MIGRATE_AS_IT_IS;
}

/*
 * A child has a cpuset.mems only if the controller is on in the parent, and that takes it to be on above
 * (cgroup_subtree_control_write()).
 */
int plan_controller(struct planner *p, const struct cgroup *parent)
{
	struct list *l = &p->lists[parent - p->now->cgroups->v];
	int r;

	/* systemd turns on the controllers of its units, when a unit is given AllowedMemoryNodes. */
	if (p->now->cgroups->world != WORLD_V2 || parent->cpuset_below || l->enabled)
		return 0;
	r = l->parent ? plan_controller(p, l->parent) : 0;
	l->enabled = true;
	return r < 0 ? r : plan_add(p->plan, STEP_CONTROLLER, parent->path);
}

static int set(struct planner *p, struct plan *plan, enum step_kind kind, struct list *l, const struct nodeset *mems)
{
	int r = plan_controller(p, l->parent);

	l->mems = *mems;
	l->listed = true;
	return r < 0 ? r : plan_add_mems(plan, kind, l->g->path, mems, plan_migrate(p, l->g));
}

/* Called for parents first. A group that lacked system nodes would leave nothing of a fence below it. */
static int widen(struct planner *p, struct list *l)
{
	struct nodeset more = nodeset_and(&l->want, &p->system), wider = nodeset_or(&l->mems, &more);
	bool loses = !nodeset_subset(&l->mems, &l->want);

	if (!l->listed || nodeset_subset(&more, &l->mems) || (!loses && l->role == ROLE_FENCE && !is_v1(p)))
		return 0;
	return set(p, p->plan, loses || l->role != ROLE_FENCE ? STEP_WIDEN : STEP_FENCE, l, &wider);
}

static bool is_right(const struct list *l)
{
	return l->listed && nodeset_equal(&l->mems, &l->want);
}

static int fence_in(struct planner *p, struct list *l)
{
	return is_right(l) ? 0 : set(p, p->plan, STEP_FENCE, l, &l->want);
}

/* Comes before any change above the cgroup: the list keeps policies from being rebound to no node. */
static int pin(struct planner *p, struct list *l)
{
	return set(p, p->plan, STEP_PIN, l, &l->want);
}

/*
 * What a group has until its list is set: on v2, without a list, whatever the cgroup above it has, so also the nodes of
 * classes that are not granted to it.
 */
static struct nodeset has_now(const struct planner *p, const struct list *l)
{
	struct nodeset devices;

	if (l->listed || is_v1(p))
		return l->mems;
	devices = classify_grantable(p->now->classes, p->now->topology, UINT64_MAX);
	return nodeset_or(&l->want, &devices);
}

static int revoke_from(struct planner *p, struct list *l)
{
	struct nodeset has = has_now(p, l), left = nodeset_and(&has, &l->want);

	return nodeset_subset(&has, &l->want) ? 0 : set(p, p->plan, STEP_REVOKE, l, &left);
}

static int narrow(struct planner *p, struct list *l)
{
	switch (l->role) {
	case ROLE_FENCE:
		return fence_in(p, l);
	case ROLE_PIN:
		return pin(p, l);
	case ROLE_GRANT:
		return revoke_from(p, l);
	default:
		return 0;
	}
}

static int grant_to(struct planner *p, struct list *l)
{
	return l->role != ROLE_GRANT || is_right(l) ? 0 : set(p, p->grants, STEP_GRANT, l, &l->want);
}

/*
 * v2: fences do not depend on each other, so those of empty cgroups, which cost nothing, come first. A cgroup that has
 * a list counts as populated: whether it is, is not known (cgroup.h).
 */
static int fences_by_cost(struct planner *p, struct list *lists, size_t n)
{
	int r = 0;

	for (int costs = 0; costs <= 1; costs++)
		for (size_t i = 0; i < n && r >= 0; i++)
			if (lists[i].role == ROLE_FENCE && (lists[i].g->explicit || lists[i].g->populated) == costs)
				r = fence_in(p, &lists[i]);
	return r;
}

/* In the tree, parents come before their children. */
static int plan_steps(struct planner *p, struct list *lists, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++)
		r = lists[i].role != ROLE_NONE ? widen(p, &lists[i]) : 0;
	if (r >= 0 && !is_v1(p))
		r = fences_by_cost(p, lists, n);
	for (size_t i = n; i-- > 0 && r >= 0;)
		if (is_v1(p) || lists[i].role != ROLE_FENCE)
			r = narrow(p, &lists[i]);
	for (size_t i = 0; i < n && r >= 0; i++)
		r = grant_to(p, &lists[i]);
	return r;
}

/* In the tree, what is above a cgroup is the one before it, or one above that. */
const struct cgroup **plan_parents(const struct cgroups *g)
{
	const struct cgroup **parents = calloc(g->n, sizeof(const struct cgroup *));

	for (size_t i = 1; parents && i < g->n; i++) {
		const struct cgroup *above = &g->v[i - 1];

		while (above && !cgroup_is_below(g->v[i].path, above->path))
			above = parents[above - g->v];
		parents[i] = above;
	}
	return parents;
}

/* v2: a fence, or a group, that shared no system node with the lists above it would limit nothing. */
static void keep_effective(struct planner *p, struct list *l, const struct list *above)
{
	struct nodeset shared = nodeset_and(&l->want, &above->left), system = nodeset_and(&above->left, &p->system);

	if (l->role == ROLE_NONE) {
		l->left = above->left;
		return;
	}
	if (!plan_has_memory(p, &shared))
		l->want = nodeset_or(&l->want, &system);
	l->left = nodeset_and(&l->want, &above->left);
}

/*
 * v1: keeps a list within its parent's, which is final by now, and apart from exclusive siblings. A cgroup whose list
 * stays empty has no processes, and none below it can have a list.
 */
static int keep_lawful(struct planner *p, struct list *l, const struct list *above, bool apart)
{
	const struct nodeset may = l->want;
	int r;

	if (above->role != ROLE_NONE)
		l->want = nodeset_and(&l->want, &above->want);
	else if (!above->listed)
		l->role = ROLE_NONE;
	if (l->role == ROLE_NONE)
		return 0;
	r = !nodeset_intersects(&l->want, &p->system) ? 0 : apart ? plan_keep_apart(p, l->g, &l->want) : 1;
	if (r != 0)
		return r;
	l->want = l->mems;
	p->unfenced |= !nodeset_subset(&l->mems, &may);
	if (!l->listed)
		l->role = ROLE_NONE;
	return 0;
}

static int keep_to_above(struct planner *p, struct list *l, bool apart)
{
	const struct list *above = l->parent ? &p->lists[l->parent - p->now->cgroups->v] : NULL;

	if (above && is_v1(p))
		return keep_lawful(p, l, above, apart);
	if (above)
		keep_effective(p, l, above);
	else
		l->left = p->now->topology->possible;
	return 0;
}

int plan_lists(struct planner *p)
{
	const struct cgroups *g = p->now->cgroups;
	_cleanup_free_ const struct cgroup **parents = plan_parents(g);
	const bool apart = plan_has_exclusive(g);
	int r = 0;

	p->lists = calloc(g->n, sizeof(*p->lists));
	if (!p->lists || !parents)
		return -ENOMEM;
	for (size_t i = 0; i < g->n; i++)
		plan_want(p, &g->v[i], parents[i], &p->lists[i]);
	for (size_t i = 0; i < g->n && r >= 0; i++)
		r = keep_to_above(p, &p->lists[i], apart);
	return r < 0 ? r : plan_steps(p, p->lists, g->n);
}

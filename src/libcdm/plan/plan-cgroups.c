/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fences and grants: what cpuset.mems of each cgroup shall be. plan-lists.c makes steps of it. */

#include "plan-internal.h"

#include "basic/strutil.h"
#include "libcdm/cgroup/cgroup-leaf.h"

#include <errno.h>

static const struct cgroup *root_of(const struct planner *p)
{
	return cgroups_find(p->now->cgroups, "");
}

/*
 * The nodes that the kernel accepts in a list: v2 refuses a node that is not possible, v1 one that the root cpuset does
 * not have (EINVAL).
 */
static struct nodeset listable(const struct planner *p, const struct nodeset *mems)
{
	const struct cgroup *root = root_of(p);

	return nodeset_and(mems, p->now->cgroups->world == WORLD_V1 && root ? &root->mems : &p->now->topology->possible);
}

bool plan_has_memory(const struct planner *p, const struct nodeset *mems)
{
	return nodeset_intersects(mems, &p->now->classes->system);
}

/*
 * The system nodes for a cgroup: all of them, unless its own list leaves out some that were there from the first. Such
 * a list is an administrator's choice, unless we wrote it in an earlier boot (dropin.h).
 */
static struct nodeset system_part(const struct planner *p, const struct cgroup *g)
{
	struct nodeset first = nodeset_and(&p->state->known, &p->system), own = nodeset_and(&g->mems, &p->system);
	bool chosen = g->explicit && !g->from_dropin && plan_has_memory(p, &own) && !nodeset_subset(&first, &g->mems);

	return chosen ? own : p->system;
}

/* These system nodes, and the device nodes that groups of these classes may have. */
static struct nodeset mems_for(const struct planner *p, const struct nodeset *system, uint64_t classes)
{
	struct nodeset devices = classify_grantable(p->now->classes, p->now->topology, classes);
	struct nodeset stay = nodeset_minus(&devices, &p->state->withdrawn), mems = nodeset_or(system, &stay);

	return listable(p, &mems);
}

/* A cgroup inside a group: its list must stay within the group's, and a list that is older than the nodes must grow. */
static void want_inside(const struct planner *p, const struct cgroup *g, struct list *l)
{
	bool ours = leaf_is_ours(g->path);
	struct nodeset asked = state_mems_before(p->state, g), own = nodeset_and(&asked, &l->want);

	if (!g->has_cpuset)
		l->role = ROLE_NONE;
	else if (!g->explicit)
		/*
		 * The launcher of a leaf is about to write its list, and a v1 cpuset without a list has no processes.
		 */
		l->role = ours || p->now->cgroups->world == WORLD_V1 ? ROLE_NONE : ROLE_PIN;
	else if (ours)
		/*
		 * The leaf of a launched program was given exactly what its user asked for, and gets it again after a
		 * node was withdrawn; it always has system nodes.
		 */
		l->want = plan_has_memory(p, &own) ? own : nodeset_or(&own, &p->system);
}

/* Whether a group lets nodes through to groups below it that it is not granted itself. */
static bool has_more(const struct planner *p, const struct cgroup *group, uint64_t granted)
{
	return (config_below(p->config, group->path) & ~granted) != 0;
}

void plan_want(const struct planner *p, const struct cgroup *g, const struct cgroup *parent, struct list *l)
{
	uint64_t granted = config_granted(p->config, g->path), below = config_below(p->config, g->path);
	struct nodeset system = system_part(p, g);
	bool v1 = p->now->cgroups->world == WORLD_V1;

	*l = (struct list){ .g = g, .parent = parent, .mems = g->mems, .listed = g->has_cpuset && g->explicit };
	if (!*g->path || !parent)
		return;
	l->want = mems_for(p, &system, granted | below);
	if (granted || below) {
		l->role = ROLE_GRANT;
		if (granted && config_granted(p->config, parent->path) == granted && !has_more(p, parent, granted))
			want_inside(p, g, l);
	} else if (v1) {
		/*
		 * A v1 cpuset without a list has no processes; and one below a cpuset that shrinks must shrink first.
		 */
		l->role = g->explicit ? ROLE_FENCE : ROLE_NONE;
	} else if (!*parent->path || config_below(p->config, parent->path)) {
		/* Structural: below a fenced cgroup no cgroup can get more (effective = mems & the parent's). */
		l->role = ROLE_FENCE;
	}
}

/* Limits the list of a cgroup that is to be made to what its siblings leave. Returns 0 if no system node is left. */
static int keep_new_apart(struct planner *p, const char *path, struct nodeset *want)
{
	_cleanup_free_ char *first = strdup(path);
	const struct cgroup new = { .path = first };

	if (!first)
		return -ENOMEM;
	/* The first missing cgroup on the path, which is made as well, is the one that has siblings. */
	for (char *slash = first; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		if (!cgroups_find(p->now->cgroups, first))
			break;
	}
	return plan_keep_apart(p, &new, want);
}

static bool makes(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->steps[i].kind == STEP_CREATE && streq(plan->steps[i].target, path))
			return true;
	return false;
}

/* *within: what the list above allows; becomes the list. Returns 0 if it cannot have one. */
static int plan_missing_list(struct planner *p, const char *path, struct nodeset *within)
{
	struct nodeset want = mems_for(p, &p->system, config_granted(p->config, path) | config_below(p->config, path));

	if (p->now->cgroups->world == WORLD_V1)
		want = nodeset_and(&want, within);
	*within = want;
	if (nodeset_intersects(&want, &p->system))
		return keep_new_apart(p, path, within);
	return strv_addf(&p->plan->problems,
			 "group /%s cannot be made: there is no system node in the list of the cgroup above it", path);
}

/*
 * Makes a group, and the cgroups above it one by one, so that each is remembered as made by us; on v1, the next one
 * takes over the list that the one before it was given. Returns 1 if the group is there or will be, 2 if it is there
 * now; *within then is its list.
 */
static int plan_missing_group(struct planner *p, const char *path, struct nodeset *within)
{
	const struct cgroup *g = cgroups_find(p->now->cgroups, path);
	const struct list *l = g ? &p->lists[g - p->now->cgroups->v] : NULL;
	_cleanup_free_ char *above = cgroup_parent(path);
	struct plan *plan;
	int r;

	if (l || !*path) {
		*within = !l ? NODESET_EMPTY : l->role == ROLE_NONE ? l->mems : l->want;
		r = g ? plan_controller(p, g) : 0;
		return r < 0 ? r : 2;
	}
	r = above ? plan_missing_group(p, above, within) : -ENOMEM;
	if (r <= 0)
		return r;
	plan = r == 2 ? p->plan : p->grants;
	r = plan_missing_list(p, path, within);
	if (r <= 0 || makes(p->plan, path) || makes(p->grants, path))
		return r;
	r = plan_add(plan, STEP_CREATE, path);
	if (r >= 0)
		r = plan_add_mems(p->grants, STEP_GRANT, path, within, plan_migrate(p, NULL));
	return r < 0 ? r : 1;
}

static int plan_missing_groups(struct planner *p)
{
	int r = 0;

	for (size_t i = 0; i < p->config->n_groups && r >= 0; i++) {
		const char *path = group_literal(&p->config->groups[i]);
		struct nodeset within;

		if (path && !cgroups_find(p->now->cgroups, path))
			r = plan_missing_group(p, path, &within);
	}
	return r;
}

/*
 * No list limits the processes in the root cpuset: on v1 they are moved; on v2 nothing can be done. A process that
 * drains a node also runs in that fence, so it is made even without strays (worker.c). A fence without a list, which
 * holds no process, was left behind by a program that was killed while it made it: it is made again.
 */
static int plan_strays(struct planner *p)
{
	const struct cgroup *fence = cgroups_find(p->now->cgroups, CGROUP_V1_FENCE);
	struct nodeset system = listable(p, &p->system);
	bool strays = p->now->cgroups->strays > 0;
	int r = 0;

	if (p->now->cgroups->world != WORLD_V1 || (!strays && nodeset_empty(&p->state->withdrawn)))
		return 0;
	if (!fence || !fence->explicit) {
		r = fence ? plan_keep_apart(p, fence, &system) : keep_new_apart(p, CGROUP_V1_FENCE, &system);
		p->unfenced |= r == 0;
		if (r <= 0)
			return r;
		r = plan_add(p->plan, STEP_CREATE, CGROUP_V1_FENCE);
		if (r >= 0)
			r = plan_add_mems(p->plan, STEP_FENCE, CGROUP_V1_FENCE, &system, plan_migrate(p, NULL));
	}
	return r < 0 || !strays ? r : plan_add(p->plan, STEP_MOVE, CGROUP_V1_FENCE);
}

int plan_cgroups(struct planner *p)
{
	int r = plan_lists(p);

	if (r >= 0)
		r = plan_strays(p);
	return r < 0 ? r : plan_missing_groups(p);
}

enum fence plan_fence_of(const struct snapshot *snapshot, const struct config *config, const struct cgroup *g)
{
	struct state state = { .known = plan_system_nodes(snapshot) };
	struct planner p = { .now = snapshot, .config = config, .state = &state, .system = state.known };
	_cleanup_free_ char *above = cgroup_parent(g->path);
	struct list l;

	plan_want(&p, g, above && *g->path ? cgroups_find(snapshot->cgroups, above) : NULL, &l);
	if (l.role != ROLE_FENCE)
		return FENCE_NONE;
	return l.listed && nodeset_subset(&g->mems, &p.system) && plan_has_memory(&p, &g->mems) ? FENCE_STANDS : FENCE_OPEN;
}

struct nodeset plan_mems_of(const struct snapshot *snapshot, const struct config *config, const char *path)
{
	const struct cgroup none = { 0 }, *g = cgroups_find(snapshot->cgroups, path);
	struct state state = { .known = plan_system_nodes(snapshot) };
	struct planner p = { .now = snapshot, .config = config, .state = &state, .system = state.known };
	struct nodeset system = system_part(&p, g ? g : &none);

	return mems_for(&p, &system, config_granted(config, path) | config_below(config, path));
}

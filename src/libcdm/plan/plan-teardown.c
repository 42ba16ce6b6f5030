/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The plan of teardown: it revokes, drains, and only then lifts the fences. */

#include "plan-internal.h"

#include "basic/strutil.h"

#include <errno.h>

struct teardown {
	const struct snapshot *now;
	const struct state *state;
	struct plan *plan;
	struct nodeset drained;
	struct nodeset staying; /* device nodes with memory that others brought online */
	bool apart;             /* plan_has_exclusive() */
};

static bool is_v1(const struct teardown *t)
{
	return t->now->cgroups->world == WORLD_V1;
}

/* Whether we have set the list of a cgroup, or made it. */
static bool is_set(const struct teardown *t, const char *path)
{
	const struct saved_cgroup *saved = state_saved(t->state, path);

	return saved && (saved->mems || saved->created);
}

/*
 * Whether the list of a cgroup is to change: on v1, that of each cgroup below such a one, too, since it must shrink
 * first. -ENOMEM.
 */
static int concerns(const struct teardown *t, const struct cgroup *g)
{
	_cleanup_free_ char *path = strdup(g->path);

	if (!path)
		return -ENOMEM;
	if (!g->has_cpuset || is_set(t, path))
		return g->has_cpuset;
	for (char *slash; is_v1(t) && (slash = strrchr(path, '/'));) {
		*slash = '\0';
		if (is_set(t, path))
			return g->explicit;
	}
	return 0;
}

/* The list of a cgroup after the revoke: system nodes only. */
static struct nodeset revoked(const struct teardown *t, const struct cgroup *g)
{
	const struct nodeset *system = &t->now->classes->system;
	struct nodeset left = nodeset_and(&g->mems, system);

	if (!nodeset_intersects(&g->effective, &t->now->classes->device))
		return g->mems;
	return nodeset_empty(&left) ? *system : left;
}

/*
 * Pages move away as the list shrinks (cpuset_migrate_mm()), so there is little left to drain. Children come first, as
 * v1 demands.
 */
static int plan_revokes(struct teardown *t)
{
	for (size_t i = t->now->cgroups->n; i-- > 0;) {
		const struct cgroup *g = &t->now->cgroups->v[i];
		struct nodeset left = revoked(t, g);
		int r = concerns(t, g);

		if (r < 0)
			return r;
		if (r == 0 || nodeset_equal(&left, &g->mems))
			continue;
		r = plan_add_mems(t->plan, STEP_REVOKE, g->path, &left, MIGRATE_AS_IT_IS);
		if (r < 0)
			return r;
	}
	return 0;
}

static int plan_offlines(struct teardown *t)
{
	for (size_t i = 0; i < t->now->topology->n_blocks; i++) {
		const struct block *b = &t->now->topology->blocks[i];

		if (b->state == BLOCK_ONLINE && nodeset_has(&t->now->classes->device, b->node))
			nodeset_add(idset_has(&t->state->onlined, b->id) ? &t->drained : &t->staying, b->node);
	}
	NODESET_FOREACH(node, &t->drained) {
		int r = plan_add_node(t->plan, STEP_DRAIN, node);

		if (r >= 0)
			r = plan_offline(t->plan, t->now->topology, t->state, node);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * Finds the list that a cgroup gets back. Returns 0 if there is none: a v1 group of ours goes instead, since its former
 * list may not lie within that of the cgroup above it.
 */
static int former_of(const struct teardown *t, const struct cgroup *g, struct nodeset *ret)
{
	const struct saved_cgroup *saved = state_saved(t->state, g->path);
	struct nodeset now = revoked(t, g);
	int r = concerns(t, g);

	if (r <= 0 || (saved && (!saved->mems || (saved->created && is_v1(t)))) ||
	    (!saved && nodeset_equal(&now, &g->mems)))
		return r < 0 ? r : 0;
	*ret = g->mems;
	r = saved ? nodeset_parse(saved->mems, ret) : 0;
	return r < 0 ? r : 1;
}

static struct nodeset list_above(const struct teardown *t, const struct cgroup *g);

/*
 * A v1 list may only have nodes that are present: nodes that are gone, that the drain will remove, or that another
 * cgroup now has exclusively cannot be given back. If none is left, it keeps what it has now, within the list above.
 */
static struct nodeset possible_of(const struct teardown *t, const struct cgroup *g, const struct nodeset *former)
{
	struct nodeset gone = nodeset_minus(&t->drained, &t->staying), mems = nodeset_minus(former, &gone);
	struct nodeset taken = t->apart ? plan_taken(t->now->cgroups, NULL, g, NULL) : NODESET_EMPTY, now, above;

	mems = nodeset_and(&mems, &t->now->cgroups->v[0].mems);
	mems = nodeset_minus(&mems, &taken);
	if (!nodeset_empty(&mems))
		return mems;
	now = revoked(t, g);
	above = list_above(t, g);
	mems = nodeset_and(&now, &above);
	return nodeset_empty(&mems) ? now : mems;
}

/* v1: the list of the cgroup above, after the teardown. */
static struct nodeset list_above(const struct teardown *t, const struct cgroup *g)
{
	_cleanup_free_ char *path = cgroup_parent(g->path);
	const struct cgroup *above = path ? cgroups_find(t->now->cgroups, path) : NULL;
	struct nodeset former;

	if (!above)
		return g->mems;
	return former_of(t, above, &former) > 0 ? possible_of(t, above, &former) : above->mems;
}

static int plan_restore(struct teardown *t, const struct cgroup *g, bool growing)
{
	const struct saved_cgroup *saved = state_saved(t->state, g->path);
	struct nodeset now = revoked(t, g), mems, wider;
	bool grows;
	int r = former_of(t, g, &mems);

	if (r <= 0)
		return r;
	if (is_v1(t))
		mems = possible_of(t, g, &mems);
	grows = is_v1(t) && !nodeset_subset(&mems, &now);
	wider = nodeset_or(&now, &mems);
	if (growing)
		return grows ? plan_add_mems(t->plan, STEP_WIDEN, g->path, &wider, MIGRATE_AS_IT_IS) : 0;
	return plan_add_mems(t->plan, STEP_RESTORE, g->path, &mems,
			     saved && saved->migrating ? MIGRATE_OFF : MIGRATE_AS_IT_IS);
}

/* On v1 parents must grow first, and children shrink first. */
static int plan_restores(struct teardown *t)
{
	const struct cgroups *g = t->now->cgroups;
	int r = 0;

	for (size_t i = 0; i < g->n && r >= 0; i++)
		r = plan_restore(t, &g->v[i], true);
	for (size_t i = g->n; i-- > 0 && r >= 0;)
		r = plan_restore(t, &g->v[i], false);
	return r;
}

static int plan_remove(struct teardown *t, const char *path)
{
	int r = streq(path, CGROUP_V1_FENCE) ? plan_add(t->plan, STEP_MOVE, "") : 0;

	return r < 0 ? r : plan_add(t->plan, STEP_REMOVE, path);
}

/* Removes the groups that we made, or the fence of v1. */
static int plan_removes(struct teardown *t, bool fence)
{
	int r = 0;

	for (size_t i = t->state->n_cgroups; i-- > 0 && r >= 0;) {
		const struct saved_cgroup *c = &t->state->cgroups[i];

		if (c->created && streq(c->path, CGROUP_V1_FENCE) == fence && cgroups_find(t->now->cgroups, c->path))
			r = plan_remove(t, c->path);
	}
	return r;
}

/* On v1, a cgroup gets its former list back when what we made below it has gone. */
static int plan_lifts(struct teardown *t)
{
	int r = is_v1(t) ? plan_removes(t, false) : 0;

	if (r >= 0)
		r = plan_restores(t);
	return r < 0 ? r : plan_removes(t, is_v1(t));
}

int plan_teardown(const struct snapshot *snapshot, const struct state *state, struct plan **ret)
{
	_cleanup_plan_ struct plan *plan = calloc(1, sizeof(*plan));
	struct teardown t = { snapshot, state, plan, NODESET_EMPTY, NODESET_EMPTY, plan_has_exclusive(snapshot->cgroups) };
	const char *now = snapshot->topology->auto_online;
	int r;

	if (!plan)
		return -ENOMEM;
	r = plan_revokes(&t);
	if (r >= 0)
		r = plan_pools_back(t.plan, t.now, t.state);
	if (r >= 0)
		r = plan_offlines(&t);
	if (r >= 0)
		r = plan_lifts(&t);
	for (size_t i = state->n_cgroups; i-- > 0 && r >= 0;)
		if (state->cgroups[i].enabled)
			r = plan_add(plan, STEP_DISABLE, state->cgroups[i].path);
	/* A value that another program has written since is left alone. */
	if (r >= 0 && state->auto_online && now && mmop_from_name(now) == MMOP_OFFLINE)
		r = plan_set_auto_online(plan, state->auto_online);
	if (r >= 0 && state->lost)
		r = strv_addf(&plan->problems, "the values from before the first fences were lost with /" STATE_FILE
					       ": cgroups fenced before that keep "
					       "their cpuset.mems; clear it where it is not wanted");
	if (r < 0)
		return r;
	*ret = TAKE_PTR(plan);
	return 0;
}

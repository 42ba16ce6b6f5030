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
	bool apart; /* plan_has_exclusive() */
};

/* The former list of a cgroup that still exists, if it is recorded; otherwise NULL. */
static const struct saved_cgroup *saved_of(const struct teardown *t, const struct cgroup *g)
{
	const struct saved_cgroup *saved = g->has_cpuset ? state_saved(t->state, g->path) : NULL;

	return saved && saved->mems ? saved : NULL;
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
		int r;

		if (!saved_of(t, g) || nodeset_equal(&left, &g->mems))
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

		if (b->state == BLOCK_ONLINE && nodeset_has(&t->now->classes->device, b->node) &&
		    idset_has(&t->state->onlined, b->id))
			nodeset_add(&t->drained, b->node);
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
 * A v1 list may only have nodes that are present: nodes that are gone, that the drain will remove, or that another
 * cgroup now has exclusively cannot be given back.
 */
static int plan_restore(struct teardown *t, const struct cgroup *g, bool growing)
{
	const struct saved_cgroup *saved = saved_of(t, g);
	struct nodeset now = revoked(t, g), mems, wider, taken;
	bool v1 = t->now->cgroups->world == WORLD_V1, grows;
	int r = saved ? nodeset_parse(saved->mems, &mems) : 0;

	if (!saved || r < 0)
		return r;
	if (v1) {
		mems = nodeset_and(&mems, &t->now->cgroups->v[0].mems);
		mems = nodeset_minus(&mems, &t->drained);
		taken = t->apart ? plan_taken(t->now->cgroups, NULL, g, NULL) : NODESET_EMPTY;
		mems = nodeset_minus(&mems, &taken);
		mems = nodeset_empty(&mems) ? now : mems;
	}
	grows = v1 && !nodeset_subset(&mems, &now);
	wider = nodeset_or(&now, &mems);
	if (growing)
		return grows ? plan_add_mems(t->plan, STEP_WIDEN, g->path, &wider, MIGRATE_AS_IT_IS) : 0;
	return plan_add_mems(t->plan, STEP_RESTORE, g->path, &mems, saved->migrating ? MIGRATE_OFF : MIGRATE_AS_IT_IS);
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

static int plan_removes(struct teardown *t)
{
	int r = 0;

	for (size_t i = t->state->n_cgroups; i-- > 0 && r >= 0;) {
		const char *path = t->state->cgroups[i].path;

		if (!t->state->cgroups[i].created || !cgroups_find(t->now->cgroups, path))
			continue;
		if (streq(path, CGROUP_V1_FENCE))
			r = plan_add(t->plan, STEP_MOVE, "");
		if (r >= 0)
			r = plan_add(t->plan, STEP_REMOVE, path);
	}
	return r;
}

int plan_teardown(const struct snapshot *snapshot, const struct state *state, struct plan **ret)
{
	_cleanup_plan_ struct plan *plan = calloc(1, sizeof(*plan));
	struct teardown t = { snapshot, state, plan, NODESET_EMPTY, plan_has_exclusive(snapshot->cgroups) };
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
		r = plan_restores(&t);
	if (r >= 0)
		r = plan_removes(&t);
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

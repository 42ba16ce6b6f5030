/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The plan of teardown: it revokes, drains, and only then lifts the fences. */

#include "plan-internal.h"

#include "basic/strutil.h"

#include <errno.h>

/* What becomes of the list of a cgroup. */
struct future {
	const struct future *above;
	const struct saved_cgroup *saved; /* NULL: we have never set it */
	bool ours;                        /* we have set the list of this cgroup, or of one above it, or made it */
	bool concerned;                   /* the list is to change */
	bool restored;                    /* it gets its former list back */
	struct nodeset revoked;           /* the list after the revoke */
	struct nodeset after;             /* the list after the teardown */
};

struct teardown {
	const struct snapshot *now;
	const struct state *state;
	struct plan *plan;
	struct future *futures; /* one for each of now->cgroups.v */
	struct nodeset drained;
	struct nodeset staying; /* device nodes with memory that others brought online */
	bool apart;             /* plan_has_exclusive() */
};

static bool is_v1(const struct teardown *t)
{
	return t->now->cgroups->world == WORLD_V1;
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
 * A v1 list may only have nodes that are present: nodes that are gone, that the drain will remove, or that another
 * cgroup now has exclusively cannot be given back. If none is left, it keeps what it has now, within the list above.
 */
static struct nodeset possible(const struct teardown *t, const struct cgroup *g, const struct future *f)
{
	struct nodeset gone = nodeset_minus(&t->drained, &t->staying), mems = nodeset_minus(&f->after, &gone);
	struct nodeset taken = t->apart ? plan_taken(t->now->cgroups, NULL, g, NULL) : NODESET_EMPTY;

	mems = nodeset_and(&mems, &t->now->cgroups->v[0].mems);
	mems = nodeset_minus(&mems, &taken);
	if (nodeset_empty(&mems) && f->above)
		mems = nodeset_and(&f->revoked, &f->above->after);
	return nodeset_empty(&mems) ? f->revoked : mems;
}

/*
 * Whether a cgroup gets a list back. On v1, a group of ours is removed instead, since its former list may not lie
 * within that of the cgroup above it.
 */
static bool is_restored(const struct teardown *t, const struct cgroup *g, const struct future *f)
{
	if (f->saved)
		return f->concerned && f->saved->mems && !(f->saved->created && is_v1(t));
	return f->concerned && !nodeset_equal(&f->revoked, &g->mems);
}

/* On v1 the list of each cgroup below one that we have set is to change, too, since it must shrink first. */
static int foresee(struct teardown *t, const struct cgroup *g, struct future *f)
{
	int r = 0;

	f->saved = state_saved(t->state, g->path);
	f->ours = f->saved && (f->saved->mems || f->saved->created);
	f->concerned = g->has_cpuset && (f->ours || (is_v1(t) && f->above && f->above->ours && g->explicit));
	f->ours |= f->above && f->above->ours;
	f->revoked = revoked(t, g);
	f->restored = is_restored(t, g, f);
	f->after = g->mems;
	if (!f->restored)
		return 0;
	if (f->saved)
		r = nodeset_parse(f->saved->mems, &f->after);
	if (is_v1(t))
		f->after = possible(t, g, f);
	return r;
}

/* Carries what is known of each cgroup down to those below it. */
static int foresee_all(struct teardown *t)
{
	const struct cgroups *g = t->now->cgroups;
	_cleanup_free_ const struct cgroup **parents = plan_parents(g);
	int r = 0;

	t->futures = calloc(g->n, sizeof(*t->futures));
	if (!t->futures || !parents)
		return g->n ? -ENOMEM : 0;
	for (size_t i = 0; i < g->n && r >= 0; i++) {
		struct future *f = &t->futures[i];

		f->above = parents[i] ? &t->futures[parents[i] - g->v] : NULL;
		r = foresee(t, &g->v[i], f);
	}
	return r;
}

/*
 * Pages move away as the list shrinks (cpuset_migrate_mm()), so there is little left to drain. Children come first, as
 * v1 demands.
 */
static int plan_revokes(struct teardown *t)
{
	for (size_t i = t->now->cgroups->n; i-- > 0;) {
		const struct cgroup *g = &t->now->cgroups->v[i];
		const struct future *f = &t->futures[i];
		int r;

		if (!f->concerned || nodeset_equal(&f->revoked, &g->mems))
			continue;
		r = plan_add_mems(t->plan, STEP_REVOKE, g->path, &f->revoked, MIGRATE_AS_IT_IS);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Before foresee_all(): which nodes will be taken offline, and which will not. */
static void foresee_nodes(struct teardown *t)
{
	for (size_t i = 0; i < t->now->topology->n_blocks; i++) {
		const struct block *b = &t->now->topology->blocks[i];

		if (b->state == BLOCK_ONLINE && nodeset_has(&t->now->classes->device, b->node))
			nodeset_add(idset_has(&t->state->onlined, b->id) ? &t->drained : &t->staying, b->node);
	}
}

static int plan_offlines(struct teardown *t)
{
	NODESET_FOREACH(node, &t->drained) {
		int r = plan_add_node(t->plan, STEP_DRAIN, node);

		if (r >= 0)
			r = plan_offline(t->plan, t->now->topology, t->state, node);
		if (r < 0)
			return r;
	}
	return 0;
}

static int plan_restore(struct teardown *t, const struct cgroup *g, const struct future *f, bool growing)
{
	struct nodeset wider = nodeset_or(&f->revoked, &f->after);

	if (!f->restored)
		return 0;
	if (growing)
		return is_v1(t) && !nodeset_subset(&f->after, &f->revoked) ?
			       plan_add_mems(t->plan, STEP_WIDEN, g->path, &wider, MIGRATE_AS_IT_IS) :
			       0;
	return plan_add_mems(t->plan, STEP_RESTORE, g->path, &f->after,
			     f->saved && f->saved->migrating ? MIGRATE_OFF : MIGRATE_AS_IT_IS);
}

/* On v1 parents must grow first, and children shrink first. */
static int plan_restores(struct teardown *t)
{
	const struct cgroups *g = t->now->cgroups;
	int r = 0;

	for (size_t i = 0; i < g->n && r >= 0; i++)
		r = plan_restore(t, &g->v[i], &t->futures[i], true);
	for (size_t i = g->n; i-- > 0 && r >= 0;)
		r = plan_restore(t, &g->v[i], &t->futures[i], false);
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
	struct teardown t = { .now = snapshot, .state = state, .plan = plan, .apart = plan_has_exclusive(snapshot->cgroups) };
	const char *now = snapshot->topology->auto_online;
	int r;

	if (!plan)
		return -ENOMEM;
	foresee_nodes(&t);
	r = foresee_all(&t);
	if (r >= 0)
		r = plan_revokes(&t);
	if (r >= 0)
		r = plan_pools_back(t.plan, t.now, t.state);
	if (r >= 0)
		r = plan_offlines(&t);
	if (r >= 0)
		r = plan_lifts(&t);
	free(t.futures);
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Back to how things stood before us: revoke, drain, and only then lift the fences. */

#include "plan-internal.h"

#include <errno.h>

static const struct cgroup *still_there(const struct snapshot *now, const char *path)
{
	const struct cgroup *g = cgroups_find(now->cgroups, path);

	return g && g->has_cpuset ? g : NULL;
}

/* v2 moves the pages away as the list shrinks (cpuset_migrate_mm()), so that there is little left to drain. */
static int plan_revokes(struct plan *plan, const struct snapshot *now, const struct state *state)
{
	for (size_t i = 0; i < state->n_mems; i++) {
		const struct cgroup *g = still_there(now, state->mems[i].path);
		int r;

		if (!g || !nodeset_intersects(&g->effective, &now->classes->device))
			continue;
		r = plan_add(plan, STEP_REVOKE, g->path, NULL, &now->classes->system);
		if (r < 0)
			return r;
	}
	return 0;
}

static int plan_offlines(struct plan *plan, const struct snapshot *now, const struct state *state)
{
	struct nodeset nodes = NODESET_EMPTY;

	for (size_t i = 0; i < now->topology->n_blocks; i++) {
		const struct block *b = &now->topology->blocks[i];

		if (b->state == BLOCK_ONLINE && nodeset_has(&now->classes->device, b->node) &&
		    idset_has(&state->onlined, b->id))
			nodeset_add(&nodes, b->node);
	}
	NODESET_FOREACH(node, &nodes) {
		int r = plan_add_node(plan, STEP_DRAIN, node, NULL);

		if (r >= 0)
			r = plan_add_node(plan, STEP_OFFLINE, node, "offline");
		if (r < 0)
			return r;
	}
	return 0;
}

static int plan_restores(struct plan *plan, const struct snapshot *now, const struct state *state)
{
	/* Children before parents: what was remembered first stands higher in the tree. */
	for (size_t i = state->n_mems; i-- > 0;) {
		struct nodeset mems;
		int r;

		if (!still_there(now, state->mems[i].path))
			continue;
		r = nodeset_parse(state->mems[i].mems, &mems);
		if (r >= 0)
			r = plan_add(plan, STEP_RESTORE, state->mems[i].path, NULL, &mems);
		if (r < 0)
			return r;
	}
	return 0;
}

int plan_teardown(const struct snapshot *snapshot, const struct state *state, struct plan **ret)
{
	_cleanup_plan_ struct plan *plan = calloc(1, sizeof(*plan));
	int r;

	if (!plan)
		return -ENOMEM;
	r = plan_revokes(plan, snapshot, state);
	if (r >= 0)
		r = plan_offlines(plan, snapshot, state);
	if (r >= 0)
		r = plan_restores(plan, snapshot, state);
	for (size_t i = state->created.n; i-- > 0 && r >= 0;)
		if (cgroups_find(snapshot->cgroups, state->created.s[i]))
			r = plan_add(plan, STEP_REMOVE, state->created.s[i], NULL, NULL);
	for (size_t i = state->enabled.n; i-- > 0 && r >= 0;)
		r = plan_add(plan, STEP_DISABLE, state->enabled.s[i], NULL, NULL);
	if (r >= 0 && state->auto_online)
		r = plan_add(plan, STEP_AUTO_ONLINE, "auto_online_blocks", state->auto_online, NULL);
	if (r >= 0 && state->lost)
		r = strv_addf(&plan->problems,
			      "what stood before the first fences was lost with a damaged /" STATE_FILE " (see /" DAMAGED_FILE
			      "): cgroups fenced before that keep their cpuset.mems; clear it where it is not wanted");
	if (r < 0)
		return r;
	*ret = TAKE_PTR(plan);
	return 0;
}

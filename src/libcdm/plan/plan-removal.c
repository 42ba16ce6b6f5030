/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Nodes that were asked to leave: their groups lose them in plan-cgroups.c; then what is left moves, and they go
 * offline.
 */

#include "plan-internal.h"

static int blocks_to_go(const struct topology *t, const struct state *state, int node, struct idset *ret)
{
	bool all = nodeset_has(&state->offlining, node);
	int r = 0;

	for (size_t i = 0; i < t->n_blocks && r >= 0; i++) {
		const struct block *b = &t->blocks[i];

		if (b->node == node && b->state != BLOCK_OFFLINE && (all || idset_has(&state->onlined, b->id)))
			r = idset_add(ret, b->id);
	}
	return r;
}

int plan_offline(struct plan *plan, const struct topology *t, const struct state *state, int node)
{
	_cleanup_idset_ struct idset blocks = IDSET_NONE;
	int r = blocks_to_go(t, state, node, &blocks);

	return r < 0 ? r : plan_add_blocks(plan, STEP_OFFLINE, node, MMOP_OFFLINE, &blocks);
}

int plan_removal(struct planner *p)
{
	const struct topology *t = p->now->topology;

	NODESET_FOREACH(node, &p->state->withdrawn) {
		bool online = nodeset_has(&t->has_memory, node);
		int r = 0;

		if (online && nodeset_has(&p->state->draining, node))
			r = plan_pools_down(p, node);
		if (r >= 0 && online && nodeset_has(&p->state->draining, node))
			r = plan_add_node(p->plan, STEP_DRAIN, node);
		if (r >= 0 && nodeset_has(&p->state->offlining, node))
			r = plan_offline(p->plan, t, p->state, node);
		if (r < 0)
			return r;
	}
	return 0;
}

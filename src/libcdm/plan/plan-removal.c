/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Nodes that were asked to leave: their groups lose them in plan-cgroup.c; then what is left moves, and they go. */

#include "plan-internal.h"

static bool has_online_block(const struct topology *t, int node)
{
	for (size_t i = 0; i < t->n_blocks; i++)
		if (t->blocks[i].node == node && t->blocks[i].state != BLOCK_OFFLINE)
			return true;
	return false;
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
			r = plan_add_node(p->plan, STEP_DRAIN, node, NULL);
		if (r >= 0 && nodeset_has(&p->state->offlining, node) && has_online_block(t, node))
			r = plan_add_node(p->plan, STEP_OFFLINE, node, "offline");
		if (r < 0)
			return r;
	}
	return 0;
}

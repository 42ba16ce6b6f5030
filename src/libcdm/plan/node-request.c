/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A request about a node (offline, drain, online), checked and written into the state. */

#include "node-request.h"

#include <errno.h>

static int find_class(const struct request *q, const struct snapshot *now, int *ret, struct error *err)
{
	const struct topology *t = now->topology;

	for (size_t i = 0; i < t->n_nodes; i++) {
		if (t->nodes[i].id != q->node)
			continue;
		if (t->nodes[i].state == NODE_ABSENT)
			break;
		if (now->classes->nodes[i].class == CLASS_SYSTEM)
			return fail(err, -EPERM,
				    "node %d is a system node (%s): only the nodes of devices are taken from their groups",
				    q->node, now->classes->nodes[i].why);
		*ret = now->classes->nodes[i].class;
		return 0;
	}
	return fail(err, -ENXIO, "node %d has no memory: `cdmadm nodes` lists those that have", q->node);
}

static bool has_blocks(const struct topology *t, int node)
{
	for (size_t i = 0; i < t->n_blocks; i++)
		if (t->blocks[i].node == node)
			return true;
	return false;
}

/* Forgets that these offline blocks are offline on purpose. */
static int forget_offlined(const struct topology *t, int node, struct state *state)
{
	_cleanup_idset_ struct idset was_online = IDSET_NONE;

	for (size_t i = 0; i < t->n_blocks; i++) {
		const struct block *b = &t->blocks[i];

		if ((b->node != node || b->state != BLOCK_OFFLINE) && idset_has(&state->was_online, b->id) &&
		    idset_add(&was_online, b->id) < 0)
			return -ENOMEM;
	}
	idset_free(&state->was_online);
	state->was_online = TAKE(was_online, IDSET_NONE);
	return 0;
}

int request_check(const struct request *q, const struct snapshot *now, const struct config *config, struct error *err)
{
	int class = CLASS_SYSTEM, r = find_class(q, now, &class, err);

	if (r < 0)
		return r;
	if (q->kind == REQUEST_ONLINE && config->classes[class].online == ONLINE_NEVER &&
	    !nodeset_has(&now->topology->has_memory, q->node))
		return fail(err, -EPERM, "node %d is of class %s, whose memory stays offline (\"online\": \"never\")",
			    q->node, config->classes[class].name);
	if (q->kind == REQUEST_OFFLINE && !has_blocks(now->topology, q->node))
		return fail(err, -EOPNOTSUPP,
			    "node %d has no memory blocks of its own: this kernel cannot take it offline", q->node);
	return 0;
}

static int ask_online(const struct request *q, const struct snapshot *now, struct state *state, struct error *err)
{
	int r = forget_offlined(now->topology, q->node, state);

	if (r < 0)
		return fail(err, r, "%m");
	nodeset_del(&state->withdrawn, q->node);
	nodeset_del(&state->draining, q->node);
	nodeset_del(&state->offlining, q->node);
	nodeset_add(&state->asked, q->node);
	state_try_pools_again(state, q->node);
	return 0;
}

int request_enter(const struct request *q, const struct snapshot *now, const struct config *config, struct state *state,
		  struct error *err)
{
	int r;

	if (q->kind == REQUEST_NONE)
		return 0;
	r = request_check(q, now, config, err);
	if (r < 0)
		return r;
	if (q->kind == REQUEST_ONLINE)
		return ask_online(q, now, state, err);
	nodeset_add(&state->withdrawn, q->node);
	nodeset_add(&state->draining, q->node);
	if (q->kind == REQUEST_OFFLINE)
		nodeset_add(&state->offlining, q->node);
	return 0;
}

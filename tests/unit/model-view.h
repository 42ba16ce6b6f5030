/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a look shows of a world: the planner's input, as far as it is not the configuration or the state. */

#include "model-world.h"

struct view {
	struct node nodes[N_NODES];
	struct block blocks[N_NODES * N_BLOCKS];
	struct cgroup v[N_CGROUPS];
	int index[N_CGROUPS]; /* of v[i] in the model */
	struct topology topology;
	struct cgroups cgroups;
	struct snapshot now;
};

static void view_node(const struct world *w, int n, struct view *v)
{
	const struct node_truth *truth = &w->nodes[n];
	const enum zone zone = truth->class == SYSTEM ? ZONE_KERNEL : ZONE_MOVABLE;
	unsigned online = 0;

	for (unsigned b = 0; b < N_BLOCKS && (w->k.blocks & (1U << n)); b++) {
		bool on = w->k.online[n][b];

		online += on;
		v->blocks[v->topology.n_blocks++] = (struct block){ .id = 32 * (unsigned)n + b,
								    .node = n,
								    .state = on ? BLOCK_ONLINE : BLOCK_OFFLINE,
								    .zone = on ? zone : ZONE_NONE };
	}
	v->nodes[n] = (struct node){ .id = n,
				     .exists = w->k.blocks & (1U << n),
				     .has_cpu = truth->cpus && (w->k.blocks & (1U << n)),
				     .zone = online ? zone : ZONE_NONE,
				     .origin = truth->origin,
				     .origin_why = "",
				     .cpus = (char *)"",
				     .state = !(w->k.blocks & (1U << n)) ? NODE_ABSENT :
					      online == N_BLOCKS         ? NODE_ONLINE :
					      online                     ? NODE_PARTIAL :
									   NODE_OFFLINE };
}

/* On v2 a look goes below groups, and below what leads to them, only. */
static bool is_seen(const struct world *w, int i)
{
	int above = parent_index(i);

	return w->k.g[i].exists && (w->k.world == WORLD_V1 || above <= 0 || w->cgroups[above].may ||
				    state_saved_below(&w->state, paths[above]));
}

static void view_make(const struct world *w, struct view *v)
{
	*v = (struct view){ .topology = { .block_size = 128 << 20,
					  .possible = to_nodeset(w->k.possible),
					  .has_memory = to_nodeset(nodes_with_memory(&w->k)),
					  .nodes = v->nodes,
					  .blocks = v->blocks,
					  .auto_online = (char *)w->auto_online },
			    .cgroups = { .world = w->k.world,
					 .mount = (char *)"sys/fs/cgroup",
					 .cpuset_available = true,
					 .v = v->v,
					 .strays = w->k.strays },
			    .now = { .topology = &v->topology, .cgroups = &v->cgroups } };
	for (; w->k.possible & (1U << v->topology.n_nodes); v->topology.n_nodes++)
		view_node(w, (int)v->topology.n_nodes, v);
	for (int i = 0; i < (int)N_CGROUPS; i++) {
		if (!is_seen(w, i))
			continue;
		v->index[v->cgroups.n] = i;
		v->v[v->cgroups.n++] = (struct cgroup){ .path = (char *)paths[i],
							.inode = (uint64_t)i + 100,
							.has_cpuset = has_cpuset(&w->k, i),
							.explicit = w->k.g[i].mems != 0,
							.from_dropin = w->cgroups[i].dropin,
							.mems = to_nodeset(w->k.g[i].mems),
							.effective = to_nodeset(effective(&w->k, i)),
							.cpuset_below = w->k.g[i].subtree,
							.populated = w->cgroups[i].populated,
							.exclusive = w->k.g[i].exclusive };
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What must hold of a world while plans are carried out in it, and afterwards. */

#include "model-view.h"

enum law {
	LAW_CLASSES,
	LAW_TAKEN,
	LAW_SYSTEM,
	LAW_OPENS,
	LAW_BEHIND,
	LAW_FENCED,
	LAW_ARRIVAL,
	LAW_GRANTED,
	LAW_DRAINED,
	LAW_KEPT,
	LAW_SETTLES,
	LAW_BACK,
	N_LAWS,
};

static const char *const laws[N_LAWS] = {
	[LAW_CLASSES] = "a node is of the class that it was made for",
	[LAW_TAKEN] = "the kernel takes every step",
	[LAW_SYSTEM] = "no list is of device nodes alone",
	[LAW_OPENS] = "no step opens a fence",
	[LAW_BEHIND] = "device memory comes online when nobody else can have it",
	[LAW_FENCED] = "afterwards nobody has device memory that is not granted to him",
	[LAW_ARRIVAL] = "nor will have any that arrives",
	[LAW_GRANTED] = "a group has all that its classes grant and the cgroup above it allows",
	[LAW_DRAINED] = "a drained node is in no group's list",
	[LAW_KEPT] = "of an administrator's list no system node is lost, and to a choice none is added",
	[LAW_SETTLES] = "after a few rounds nothing is left to do",
	[LAW_BACK] = "a teardown gives back the lists from before",
};

/* What is wrong in the world at hand; and whether the plan says that some cgroup in it cannot be given a list. */
static unsigned broken;
static bool lawless;
static bool odd; /* is_odd(), at first */
static bool trace;

__attribute__((format(printf, 2, 3))) static void breaks(enum law law, const char *fmt, ...)
{
	va_list ap;

	/* Then an administrator must act first. But no plan makes anything worse. */
	if (lawless && (law == LAW_TAKEN || law == LAW_FENCED || law == LAW_ARRIVAL || law == LAW_SETTLES ||
			law == LAW_DRAINED || law == LAW_BACK))
		return;
	broken |= 1U << law;
	if (!trace)
		return;
	printf("# not so: %s: ", laws[law]);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

#define MASK_STR(mask) NODESET_STR(&(struct nodeset){ { (mask) } })

static bool is_device(const struct world *w, int n)
{
	return w->nodes[n].class != SYSTEM;
}

static unsigned system_nodes(const struct world *w)
{
	unsigned system = 0;

	for (int n = 0; n < N_NODES; n++)
		system |= (unsigned)!is_device(w, n) << n;
	return system;
}

/* The device nodes that a cgroup may use. */
static unsigned granted(const struct world *w, int i)
{
	unsigned nodes = 0;

	for (int n = 0; n < N_NODES; n++)
		if (is_device(w, n) && (w->cgroups[i].may & (1U << w->nodes[n].class)))
			nodes |= 1U << n;
	return nodes & ~to_mask(&w->state.withdrawn);
}

/*
 * The device nodes with memory online that processes in a cgroup can have, and should not. In the root of v1 only those
 * count that can be moved; in that of v2 nothing can be done. A v1 cpuset without a list has no processes.
 */
static unsigned exposed(const struct world *w, int i)
{
	const struct kernel *k = &w->k;
	unsigned devices = nodes_with_memory(k) & ~system_nodes(w);

	if (i == 0)
		return k->strays ? devices : 0;
	if (!k->g[i].exists || k->g[i].empty)
		return 0;
	return effective(k, i) & devices & ~granted(w, i);
}

static void check_classes(const struct world *w, const struct view *v)
{
	for (size_t i = 0; i < v->topology.n_nodes; i++)
		if (v->nodes[i].state != NODE_ABSENT && v->now.classes->nodes[i].class != w->nodes[i].class)
			breaks(LAW_CLASSES, "node %zu", i);
}

static void check_fences(const struct world *w, enum law law)
{
	for (int i = 0; i < (int)N_CGROUPS; i++)
		if (exposed(w, i))
			breaks(law, "/%s has node %s", paths[i], MASK_STR(exposed(w, i)));
}

static void check_arrival(const struct world *w)
{
	struct world then = *w;

	for (int n = 0; n < N_NODES; n++)
		if ((w->k.possible & (1U << n)) && is_device(w, n))
			for (unsigned b = 0; b < N_BLOCKS; b++)
				kernel_set_block(&then.k, n, b, true);
	check_fences(&then, LAW_ARRIVAL);
}

/* The leaf of a launched program has what its user asked for. */
static void check_grants(const struct world *w, const struct kernel *before)
{
	for (int i = 1; i < (int)N_CGROUPS; i++) {
		const struct kernel *k = &w->k;
		unsigned want = granted(w, i) & effective(k, parent_index(i)) & nodes_with_memory(k);

		if (!k->g[i].exists || !w->cgroups[i].group || !has_cpuset(k, i))
			continue;
		if (k->g[i].mems & to_mask(&w->state.withdrawn))
			breaks(LAW_DRAINED, "/%s has %s", paths[i], MASK_STR(k->g[i].mems));
		if (w->cgroups[i].leaf)
			want &= before->g[i].mems;
		if ((k->world != WORLD_V1 || (k->g[i].mems && !k->g[0].exclusive)) && (want & ~effective(k, i)))
			breaks(LAW_GRANTED, "/%s has %s, not %s", paths[i], MASK_STR(effective(k, i)), MASK_STR(want));
	}
}

/* A node is drained when the groups that we made do not have it any more. */
static void check_drain(const struct world *w, int node)
{
	for (int i = 1; i < (int)N_CGROUPS; i++) {
		const struct saved_cgroup *saved = state_saved(&w->state, paths[i]);

		if (saved && saved->created && w->k.g[i].exists && !w->k.g[i].empty && (effective(&w->k, i) & (1U << node)))
			breaks(LAW_DRAINED, "/%s has node %d, which is drained", paths[i], node);
	}
}

/*
 * A choice: some of the system nodes that were there from the first, and not all of them. A list of which the
 * lists above leave nothing is none: on v2 the kernel ignores it.
 */
static void check_kept(const struct world *w, const struct kernel *before)
{
	unsigned system = system_nodes(w) & w->k.blocks, first = to_mask(&w->state.known) & system;

	for (int i = 1; i < (int)N_CGROUPS; i++) {
		unsigned was = before->g[i].mems & system, is = w->k.g[i].mems & system;
		unsigned left = was & effective(before, i) & effective(&w->k, parent_index(i));
		bool chosen = left && (first & ~was) && !w->cgroups[i].dropin;

		if (!before->g[i].exists)
			continue;
		if ((was & ~is) || (chosen && (is & ~was)))
			breaks(LAW_KEPT, "/%s had %s, has %s", paths[i], MASK_STR(before->g[i].mems),
			       MASK_STR(w->k.g[i].mems));
	}
}

/* v1: whether a list is of device nodes alone. */
static bool is_odd(const struct world *w)
{
	for (int i = 1; i < (int)N_CGROUPS && w->k.world == WORLD_V1; i++)
		if (w->k.g[i].mems && !(w->k.g[i].mems & system_nodes(w)))
			return true;
	return false;
}

/*
 * v1 has forgotten nodes that have gone since; and a list of device nodes alone, or an exclusive one, may not come back
 * beside what others have since. systemd decides on the controllers of its units.
 */
static void check_back(const struct world *w, const struct kernel *before)
{
	for (int i = 1; i < (int)N_CGROUPS; i++) {
		unsigned was = before->g[i].mems, is = w->k.g[i].mems;

		if (w->k.world == WORLD_V1)
			was &= nodes_with_memory(&w->k);
		if (!before->g[i].exists || odd || (w->k.world == WORLD_V1 && (before->g[0].exclusive || !was)))
			continue;
		if (was != is || (w->k.world == WORLD_V2 && before->g[i].subtree != w->k.g[i].subtree))
			breaks(LAW_BACK, "/%s had %s, has %s", paths[i], MASK_STR(was), MASK_STR(is));
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A kernel that is small enough to be seen at a glance: six nodes with two memory blocks each, a tree of cgroups, and
 * the rules by which cpusets of v1 and v2 accept a list and make the effective one of it (validate_change(),
 * update_nodemasks_hier(), hotplug_update_tasks_legacy(), kernel/cgroup/cpuset.c). A set of nodes is a mask here.
 */

#include "basic/strutil.h"
#include "libcdm/cgroup/cgroup.h"

#include <errno.h>

#define N_NODES 6
#define N_BLOCKS 2 /* of each node */

/* All cgroups that there can be, in the order of a walk through the tree. */
static const char *const paths[] = {
	"",
	"a",
	"a/b",
	"a/b/c",
	"a/b/cdm-launch-7",
	"a/x",
	"a/x/y",
	"cdm-fence",
	"cdm.slice",
	"cdm.slice/cdm-launch-8.scope",
	"cdm.slice/job",
	"cdm.slice/job/deep",
	"gpu-1",
	"gpu-1/in",
	"gpu-2",
	"kube.slice",
	"kube.slice/pod",
	"kube.slice/pod/c1",
	"kube.slice/pod/c2",
	"machine.slice",
	"system.slice",
	"system.slice/own.service",
};
#define N_CGROUPS ELEMENTSOF(paths)

struct kernel_cgroup {
	bool exists;
	unsigned empty; /* made by a step: no process comes for so many rounds */
	bool subtree;   /* v2: cpuset is in its cgroup.subtree_control */
	bool exclusive; /* v1: cpuset.mem_exclusive */
	unsigned mems;
};

struct kernel {
	enum cgroup_world world;
	unsigned possible;
	unsigned blocks;                /* nodes that have blocks */
	bool online[N_NODES][N_BLOCKS]; /* their memory */
	struct kernel_cgroup g[N_CGROUPS];
	unsigned strays; /* v1: processes in the root */
};

static int path_index(const char *path)
{
	return word_index(path, paths, N_CGROUPS);
}

static int parent_index(int i)
{
	_cleanup_free_ char *above = cgroup_parent(paths[i]);

	return i == 0 || !above ? -1 : path_index(above);
}

static unsigned nodes_with_memory(const struct kernel *k)
{
	unsigned nodes = 0;

	for (unsigned n = 0; n < N_NODES; n++)
		for (unsigned b = 0; b < N_BLOCKS; b++)
			nodes |= (unsigned)k->online[n][b] << n;
	return nodes;
}

static bool has_cpuset(const struct kernel *k, int i)
{
	return k->world == WORLD_V1 || i == 0 || (k->g[parent_index(i)].subtree && has_cpuset(k, parent_index(i)));
}

/* v2: what a list leaves of the list above; nothing left, or no list: all of that. v1: the list. */
static unsigned effective(const struct kernel *k, int i)
{
	unsigned above;

	if (i == 0)
		return nodes_with_memory(k);
	if (k->world == WORLD_V1)
		return k->g[i].mems;
	above = effective(k, parent_index(i));
	return has_cpuset(k, i) && (k->g[i].mems & above) ? k->g[i].mems & above : above;
}

/* v1: what cgroups beside this one keep from it. */
static unsigned taken_from(const struct kernel *k, int i)
{
	unsigned taken = 0;

	for (int s = 1; s < (int)N_CGROUPS; s++)
		if (s != i && k->g[s].exists && parent_index(s) == parent_index(i) &&
		    (k->g[s].exclusive || k->g[i].exclusive))
			taken |= k->g[s].mems;
	return taken;
}

static int kernel_enable(struct kernel *k, int i)
{
	if (!k->g[i].exists)
		return -ENOENT;
	if (!has_cpuset(k, i))
		return -EOPNOTSUPP;
	k->g[i].subtree = true;
	return 0;
}

static int kernel_enable_above(struct kernel *k, int i)
{
	int above = parent_index(i), r = above > 0 ? kernel_enable_above(k, above) : 0;

	return r < 0 || k->world == WORLD_V1 ? r : kernel_enable(k, above);
}

static int kernel_disable(struct kernel *k, int i)
{
	for (int c = 1; c < (int)N_CGROUPS; c++)
		if (k->g[c].exists && parent_index(c) == i && k->g[c].subtree)
			return -EBUSY;
	for (int c = 1; c < (int)N_CGROUPS; c++)
		if (parent_index(c) == i)
			k->g[c].mems = 0;
	k->g[i].subtree = false;
	return 0;
}

static int check_v1(const struct kernel *k, int i, unsigned mems)
{
	if ((mems & ~k->g[0].mems) || (mems & taken_from(k, i)))
		return -EINVAL;
	if (mems & ~k->g[parent_index(i)].mems)
		return -EACCES;
	for (int c = 1; c < (int)N_CGROUPS; c++)
		if (k->g[c].exists && parent_index(c) == i && (k->g[c].mems & ~mems))
			return -EBUSY;
	return 0;
}

static int kernel_write_mems(struct kernel *k, int i, unsigned mems)
{
	int r = 0;

	if (!k->g[i].exists)
		return -ENOENT;
	/* systemd turns on the controllers of its units. */
	if (k->world == WORLD_V2_SYSTEMD)
		r = kernel_enable_above(k, i);
	if (r == 0 && k->world == WORLD_V1)
		r = check_v1(k, i, mems);
	else if (r == 0)
		r = !has_cpuset(k, i) ? -EOPNOTSUPP : (mems & ~k->possible) ? -EINVAL : 0;
	if (r < 0)
		return r;
	k->g[i].mems = mems;
	return 0;
}

/* Makes a group and those above it. On v1 it takes over the list above it, since without one nobody can enter. */
static int kernel_make(struct kernel *k, int i)
{
	int above = parent_index(i), r = k->g[above].exists ? 0 : kernel_make(k, above);

	if (r < 0 || k->g[i].exists)
		return r;
	k->g[i] = (struct kernel_cgroup){ .exists = true, .empty = 2 };
	if (k->world != WORLD_V1)
		return kernel_enable_above(k, i);
	k->g[i].mems = k->g[above].mems & ~taken_from(k, i);
	return k->g[i].mems || !k->g[above].mems ? 0 : -ENOSPC;
}

static int kernel_remove(struct kernel *k, int i)
{
	for (int c = 1; c < (int)N_CGROUPS; c++)
		if (k->g[c].exists && parent_index(c) == i)
			return -EBUSY;
	k->g[i] = (struct kernel_cgroup){ 0 };
	return 0;
}

/* v1: the root has all nodes with memory; a node that goes is taken out of every list, for good. */
static void kernel_set_block(struct kernel *k, int node, unsigned block, bool online)
{
	k->online[node][block] = online;
	if (k->world != WORLD_V1)
		return;
	k->g[0].mems = nodes_with_memory(k);
	for (int i = 1; i < (int)N_CGROUPS; i++)
		k->g[i].mems &= k->g[0].mems;
}

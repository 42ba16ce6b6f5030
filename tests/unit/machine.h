/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Machines to read: the captured trees, and one made by hand, to which tests can add. */

#include "check.h"
#include "tree.h"

#include "libcdm/kernel/topology.h"
#include "libcdm/origin/origin.h"

#define TREES "tests/fixtures/trees/"
#define NODE "/sys/devices/system/node/"
#define MEMORY "/sys/devices/system/memory/"

static struct topology *read_known(const char *dir, const struct nodeset *known)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_root_ struct root root = ROOT_NONE;
	struct topology *t = NULL;

	if (root_open(dir, &root, &err) < 0 || topology_read(&root, TOPOLOGY_TIERS, &t, &err) < 0 ||
	    origin_detect(&root, known, t) < 0)
		printf("# %s: %s\n", dir, error_text(&err));
	return t;
}

/* A machine with CPUs and 2 MiB on node 0; node 1 is possible. */
static struct tree machine_new(void)
{
	struct tree tree = tree_new();

	tree_put(&tree, NODE "possible", "0-1\n");
	tree_put(&tree, NODE "online", "0\n");
	tree_put(&tree, NODE "has_memory", "0\n");
	tree_put(&tree, NODE "has_cpu", "0\n");
	tree_put(&tree, NODE "node0/cpulist", "0-3\n");
	tree_put(&tree, NODE "node0/distance", "10\n");
	tree_put(&tree, NODE "node0/meminfo", "Node 0 MemTotal:        2048 kB\nNode 0 MemFree:         1024 kB\n");
	return tree;
}

/* Makes a symbolic link, and the directories above it. */
static inline void tree_link(const struct tree *tree, const char *path, const char *target)
{
	_cleanup_free_ char *full = tree_path(tree, path);

	tree_put(tree, path, "");
	if (unlink(full) < 0 || symlink(target, full) < 0)
		abort();
}

/* Makes a dax device: its place in /sys/devices, its node, its driver. */
static inline void tree_dax(const struct tree *tree, const char *name, const char *parent, const char *node,
			    const char *driver)
{
	char path[128], target[128];

	snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s", name);
	snprintf(target, sizeof(target), "../../../devices/%s/%s", parent, name);
	tree_link(tree, path, target);
	snprintf(path, sizeof(path), "/sys/devices/%s/%s/target_node", parent, name);
	tree_put(tree, path, node);
	snprintf(path, sizeof(path), "/sys/devices/%s/%s/driver", parent, name);
	snprintf(target, sizeof(target), "/sys/bus/dax/drivers/%s", driver);
	tree_link(tree, path, target);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Memory blocks as sysfs shows them, for topology_read(). */

#include "topology.h"

struct blocks {
	struct block *v;
	size_t n;
	uint64_t newest; /* see struct topology */
};

/* What the nodes' directories list: which of them are there, and which of these have links to CPUs. */
struct listed {
	struct nodeset exists, with_cpus;
};

/*
 * The blocks of every possible node, and those that no node has claimed, by ascending id; t has its masks already.
 * `brief` as TOPOLOGY_BRIEF. No blocks at all when this kernel has no memory hotplug.
 */
int blocks_read(const struct root *root, const struct topology *t, bool brief, struct blocks *ret,
		struct listed *ret_listed, struct error *err);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Memory blocks as sysfs shows them, for topology_read(). */

#include "topology.h"

struct blocks {
	struct block *v;
	size_t n;
	uint64_t newest; /* see struct topology */
};

/* The contents of the nodes' directories: which nodes exist, and which of them have links to CPUs. */
struct listed {
	struct nodeset exists, with_cpus;
};

/*
 * Reads the blocks of every possible node, and those that have no node yet, by ascending id; t has its masks already.
 * `brief`: see TOPOLOGY_BRIEF. There are no blocks if this kernel has no memory hotplug.
 */
_must_use_ int blocks_read(const struct root *root, const struct topology *t, bool brief, struct blocks *ret,
			   struct listed *ret_listed, struct error *err);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The nodes one by one, for topology_read(). */

#include "memory-block.h"

/*
 * What there is beside the masks of struct topology: which of them could be read, and what the nodes' directories list.
 */
struct masks {
	bool has_online, has_memory, has_cpu;
	struct nodeset online;
	struct listed listed;
};

/* Fills t->nodes; t has its masks and blocks already, and gets of the masks what only the nodes tell. */
int nodes_fill(const struct root *root, const struct masks *m, struct topology *t, struct error *err);

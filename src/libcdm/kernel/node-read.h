/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reads the nodes one by one, for topology_read(). */

#include "memory-block.h"

/*
 * In addition to the masks of struct topology: which of them could be read, and the contents of the nodes' directories.
 */
struct masks {
	bool has_online, has_memory, has_cpu;
	struct nodeset online;
	struct listed listed;
};

/* Fills t->nodes. t has its masks and blocks already; masks that are missing are completed from the nodes. */
_must_use_ int nodes_fill(const struct root *root, const struct masks *m, struct topology *t, struct error *err);

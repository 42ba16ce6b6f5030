/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Moves pages that are still on a node after its groups' lists shrank, and reports what stays and which processes hold
 * it.
 */

#include "libcdm/snapshot/snapshot.h"

/*
 * Moves the pages that processes have on the node to system nodes, also those of processes that cannot be read, and
 * drops page cache that no process maps, if there is any. It works in a fenced child, within limit_ms. What cannot be
 * moved stays: see drain_left().
 */
_must_use_ int drain_node(const struct root *root, const struct snapshot *now, int node, unsigned limit_ms,
			  struct error *err);

/*
 * Says in one line what is on the node: "12M stay: pid 77 (solver) 8M, huge pages in use 4M". A process that cannot be
 * read is named with the reason. Owned; NULL: nothing was found, or out of memory.
 */
char *drain_left(const struct root *root, const struct topology *t, int node);

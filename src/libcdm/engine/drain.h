/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Moving off a node what its groups' shrinking lists left there, and saying what stays and whose it is. */

#include "libcdm/snapshot/snapshot.h"

/*
 * Moves the pages of every process that are on the node to system nodes, and drops page cache that no process maps
 * where there is any. From a fenced child, within limit_ms. What cannot be moved stays: drain_left() tells.
 */
int drain_node(const struct root *root, const struct snapshot *now, int node, unsigned limit_ms, struct error *err);

/*
 * What is on the node, in one line: "12M stay: pid 77 (solver) 8M; huge pages in use 4M". Owned; NULL: nothing that
 * could be found, or out of memory.
 */
char *drain_left(const struct root *root, const struct topology *t, int node);

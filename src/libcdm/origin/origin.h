/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the memory of each node came from. */

#include "libcdm/kernel/topology.h"

/*
 * Fills evidence, origin, origin_why, ordinary, pci and drivers of every node, and t->absent; everything else in t must
 * be there already, as topology_read() left it. `known` are the nodes whose memory was there from the first (state.h):
 * memory on any other came while we ran, and is `acpi` when nothing better is known. Signals that cannot be read are
 * left out, and the next weaker one decides. -ENOMEM.
 */
int origin_detect(const struct root *root, const struct nodeset *known, struct topology *t);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Finds out where the memory of each node came from. */

#include "libcdm/kernel/topology.h"

/*
 * Fills evidence, origin, origin_why, ordinary, pci and drivers of every node, and t->absent; the other members of t
 * must be those from topology_read(). `known` are the nodes whose memory was there from the first (state.h): memory on
 * other nodes arrived while the system ran, and has the origin `acpi` if nothing better is known. Signals that cannot
 * be read are left out, so the next weaker one decides. -ENOMEM.
 */
int origin_detect(const struct root *root, const struct nodeset *known, struct topology *t);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Records the signals that are found for a node, in the order in which they are reported. */

#include "basic/root.h"
#include "libcdm/kernel/topology.h"

struct teller {
	struct node *node;
	int r; /* 0, or -ENOMEM: nothing more is recorded then */
};

/* source is static text; fmt is the value that was found there, and may be NULL. */
void tell(struct teller *w, enum node_key key, enum origin says, const char *source, const char *fmt, ...) _printf_(5, 6);

/*
 * Records the signals that do not concern the origin: the nodes with the best access to this one (HMAT), its memory
 * tier, distance and CPUs, its devices and drivers. Generic initiators are devices: nodes that access memory without
 * having a CPU.
 */
void tell_rest(const struct root *root, const struct nodeset *generic_initiators, struct teller *w);

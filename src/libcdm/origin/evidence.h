/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is found of a node, written down in the order in which it is told. */

#include "basic/root.h"
#include "libcdm/kernel/topology.h"

struct teller {
	struct node *node;
	int r; /* 0, or -ENOMEM: nothing more is written then */
};

/* source is static text; fmt, what was found there, may be NULL. */
void tell(struct teller *w, enum node_key key, enum origin says, const char *source, const char *fmt, ...) _printf_(5, 6);

/*
 * What tells nothing of the origin: the nodes that start accesses to it (HMAT), its memory tier, distance and CPUs, its
 * devices and drivers. Generic initiators are devices: nodes that start accesses without a CPU.
 */
void tell_rest(const struct root *root, const struct nodeset *generic_initiators, struct teller *w);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* mremap(2) of neighbouring mappings that would be one mapping if no rule had bound a part of them. */

#include <stdbool.h>
#include <stddef.h>

/* Its arguments. */
struct remap {
	void *p;
	size_t old_size, size;
	int flags;
	void *to;
};

/*
 * Whether it is for that: for several mappings that differ in their policies alone, of which one at least is bound by a
 * rule and none by the program; and nothing else is wrong with it.
 */
bool join_is_for(const struct remap *r);

/* Such a call, piece by piece (pieces.h). */
void *join_mremap(const struct remap *r);

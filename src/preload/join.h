/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* mremap(2) of neighbouring mappings that would be one mapping if no rule had bound a part of them. */

#include <stdbool.h>
#include <stddef.h>

/* The arguments of mremap(2). */
struct remap {
	void *p;
	size_t old_size, size;
	int flags;
	void *to;
};

/*
 * Whether join_mremap() must serve the call: the range has several mappings that differ only in their policies, a rule
 * has bound at least one and the program has bound none, and the call is otherwise valid.
 */
bool join_is_for(const struct remap *r);

/* Serves such a call piece by piece (pieces.h). */
void *join_mremap(const struct remap *r);

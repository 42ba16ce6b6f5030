/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A set of memory block ids as sorted, disjoint, non-adjacent ranges: a terabyte is thousands of blocks, but
 * only a handful of ranges.
 */

#include "cleanup.h"

#include <stdbool.h>
#include <stdint.h>

struct idrange {
	uint64_t first, last;
};

struct idset {
	struct idrange *v;
	size_t n;
};

#define IDSET_NONE ((struct idset){ 0 })

bool idset_has(const struct idset *s, uint64_t id);
_must_use_ int idset_add(struct idset *s, uint64_t id); /* -ENOMEM; fastest with ids in ascending order */
_must_use_ int idset_minus(const struct idset *a, const struct idset *b, struct idset *ret); /* -ENOMEM */
bool idset_equal(const struct idset *a, const struct idset *b);

/* Parses "0-31,40". -EINVAL on anything else; *ret is then untouched. */
_must_use_ int idset_parse(const char *text, struct idset *ret);
char *idset_format(const struct idset *s); /* owned; NULL: out of memory */

void idset_free(struct idset *s);
#define _cleanup_idset_ _cleanup_(idset_free)

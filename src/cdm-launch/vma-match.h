/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which rule a VMA is there by: pure functions. A VMA says what it is and what its policy is, and no more: where
 * several rules send ranges of one kind to one place, it is one of them, and which one nobody knows.
 */

#include "launch.h"

#include "libcdm/kernel/residency.h"
#include "placement/counts-format.h"
#include "placement/placement-match.h"

#include <sys/types.h>

#define RULE_BIT(i) (UINT64_C(1) << (i))

struct matcher {
	const struct launch *l;
	uint64_t used; /* rules that have allowed something; all where that was not counted */
	const struct counts_chunk *chunks;
	size_t n_chunks;
	pid_t image; /* whose chunks are looked for (counts.h) */
};

/* The rules that may have bound it. 0: none has. */
uint64_t match_rules(const struct matcher *m, const struct vma *vma);

/* The nodes that these rules send ranges to. */
struct nodeset match_nodes(const struct launch *l, uint64_t rules);

enum ruling {
	RULING_TOOK,    /* rules have bound it */
	RULING_OWN,     /* it has a policy that names a device node, and no rule gave it: the program did */
	RULING_REFUSED, /* a rule that denies fits it */
	RULING_MISSED,  /* a rule that allows fits it, but the request went past it, or it could not be bound */
	RULING_NONE,    /* no rule fits it */
};
const char *ruling_name(enum ruling v); /* "took", "own", ... */

/* *ret_rules: those that took it, or the one that refused or missed it. */
enum ruling match_ruling(const struct matcher *m, const struct vma *vma, uint64_t *ret_rules);

/* "malloc,min=1M or anon,min=1M", "" of no rules; owned, NULL: out of memory. */
char *match_text(const struct rules *rules, uint64_t which, const char *separator);

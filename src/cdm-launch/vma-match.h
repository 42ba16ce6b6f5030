/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Finds the rules by which a VMA was bound: pure functions. A VMA shows only its kind and its policy: if several rules
 * send ranges of one kind to one place, it was one of them, and it is not known which.
 */

#include "launch.h"

#include "libcdm/kernel/residency.h"
#include "placement/counts-format.h"
#include "placement/placement-match.h"

#include <sys/types.h>

#define RULE_BIT(i) (UINT64_C(1) << (i))

struct matcher {
	const struct launch *l;
	uint64_t used; /* rules that have allowed something; all rules if that was not counted */
	const struct counts_chunk *chunks;
	size_t n_chunks;
	pid_t image; /* the process whose chunks are meant (counts-format.h) */
};

/* The rules that may have bound the VMA. 0: none has. */
uint64_t match_rules(const struct matcher *m, const struct vma *vma);

/* The nodes of these rules. */
struct nodeset match_nodes(const struct launch *l, uint64_t rules);

enum ruling {
	RULING_TOOK,    /* rules have bound it */
	RULING_OWN,     /* its policy names a device node, and no rule set it: the program did */
	RULING_REFUSED, /* it fits a rule that denies */
	RULING_MISSED,  /* it fits a rule that allows, but was not intercepted or could not be bound */
	RULING_NONE,    /* it fits no rule */
};
const char *ruling_name(enum ruling v); /* "took", "own", ... */

/* *ret_rules: the rules that took it, or the one that refused or missed it. */
enum ruling match_ruling(const struct matcher *m, const struct vma *vma, uint64_t *ret_rules);

/* "malloc,min=1M or anon,min=1M", "" for no rules; owned; NULL: out of memory. */
char *match_text(const struct rules *rules, uint64_t which, const char *separator);

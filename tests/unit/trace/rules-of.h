/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The placements that the tests of tests/unit/trace*.c use. */

#include "libcdm/rules/rules.h"

#include <stdlib.h>

static const char *const anon[] = { "anon,min=1M", NULL };
static const char *const anon_heap[] = { "!anon,min=1G", "anon,min=1M", "heap", NULL };

/* Sends everything to node 0, which every machine has: interleaved, which differs from the task policy. */
static struct placement place_of(const char *const *texts)
{
	static struct rules rules; /* owns the globs */
	struct placement place = { .n_targets = 1, .targets = { { .policy = POLICY_INTERLEAVE, .nodes = nodeset_of(0) } } };

	rules_free(&rules);
	for (; *texts; texts++) {
		if (rules_add(&rules, "test", *texts, NULL) < 0)
			abort();
		place.rules[place.n_rules] = rules.v[place.n_rules].asks;
		if (rules.v[place.n_rules].has_policy)
			place.targets[0].policy = rules.v[place.n_rules].policy;
		place.n_rules++;
	}
	return place;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzzes CDM_LAUNCH_PLAN: parsing is safe whatever the variable holds, and an accepted plan survives a round trip. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "placement/placement-parse.h"
#include "placement/placement-match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same_globs(const struct placement_rule *a, const struct placement_rule *b)
{
	for (int key = 0; key < PLACEMENT_GLOBS; key++)
		if (!a->globs[key] != !b->globs[key] || (a->globs[key] && strcmp(a->globs[key], b->globs[key]) != 0))
			return false;
	return true;
}

static void round_trip(const struct placement *h)
{
	struct placement back;
	char *text = NULL;

	memset(&back, 0, sizeof(back));
	if (placement_format(h, &text) < 0 || placement_parse(text, &back) < 0)
		abort();
	if (!back.counts != !h->counts || (h->counts && strcmp(back.counts, h->counts) != 0))
		abort();
	if (back.dont_fork != h->dont_fork || back.no_inherit != h->no_inherit)
		abort();
	if (back.n_targets != h->n_targets || back.n_rules != h->n_rules)
		abort();
	for (unsigned i = 0; i < h->n_targets; i++)
		if (back.targets[i].policy != h->targets[i].policy || back.targets[i].thp != h->targets[i].thp ||
		    back.targets[i].has_home != h->targets[i].has_home || back.targets[i].home != h->targets[i].home ||
		    !nodeset_equal(&back.targets[i].nodes, &h->targets[i].nodes))
			abort();
	for (unsigned i = 0; i < h->n_rules; i++)
		if (back.rules[i].kind != h->rules[i].kind || back.rules[i].allow != h->rules[i].allow ||
		    back.rules[i].min != h->rules[i].min || back.rules[i].max != h->rules[i].max ||
		    back.rules[i].target != h->rules[i].target || back.rules[i].exec != h->rules[i].exec ||
		    !same_globs(&back.rules[i], &h->rules[i]))
			abort();
	free(text);
}

static int always(const struct subject *s, unsigned rule, enum placement_key key, const char *glob)
{
	(void)s;
	(void)rule;
	(void)key;
	(void)glob;
	return 1;
}

/* Below the smallest size nothing is allowed, whatever other conditions the rules have. */
static void check_rules(const struct placement *h, enum placement_kind kind)
{
	uint64_t smallest = rules_smallest(h, PLACEMENT_KIND(kind));

	if (smallest > 0 &&
	    rules_find(h, &(struct subject){ .kinds = PLACEMENT_KIND(kind), .size = smallest - 1, .holds = always }))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct placement h;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (placement_parse(text, &h) == 0) {
		round_trip(&h);
		for (int kind = 0; kind < PLACEMENT_KINDS; kind++)
			check_rules(&h, (enum placement_kind)kind);
	}
	free(text);
	return 0;
}

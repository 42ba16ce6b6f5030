/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "rules.h"

bool rules_allow(const struct handover *h, enum handover_kind kind, uint64_t size)
{
	for (unsigned i = 0; i < h->n_rules; i++) {
		const struct handover_rule *r = &h->rules[i];

		if (r->kind == kind && size >= r->min && size <= r->max)
			return r->allow;
	}
	return false;
}

/* An allowed range starts where an allowing rule does, or right above a denying one: there are no other candidates. */
uint64_t rules_smallest(const struct handover *h, enum handover_kind kind)
{
	uint64_t smallest = UINT64_MAX;

	for (unsigned i = 0; i < h->n_rules; i++) {
		const struct handover_rule *r = &h->rules[i];
		uint64_t start = r->allow ? r->min : r->max + (r->max < UINT64_MAX);

		if (start < smallest && rules_allow(h, kind, start))
			smallest = start;
	}
	return smallest;
}

void rules_drop(struct handover *h, enum handover_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < h->n_rules; i++)
		if (h->rules[i].kind != kind)
			h->rules[n++] = h->rules[i];
	h->n_rules = n;
}

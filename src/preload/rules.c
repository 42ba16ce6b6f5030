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

/* An allowed range starts and ends at a rule's own bound or right beside one, so these are all the candidates. */
bool rules_window(const struct handover *h, enum handover_kind kind, uint64_t *ret_min, uint64_t *ret_max)
{
	uint64_t min = UINT64_MAX, max = 0;
	bool found = false;

	for (unsigned i = 0; i < h->n_rules; i++) {
		const struct handover_rule *r = &h->rules[i];
		uint64_t candidates[] = { r->min, r->min - (r->min > 0), r->max, r->max + (r->max < UINT64_MAX) };

		for (unsigned c = 0; c < 4; c++) {
			if (!rules_allow(h, kind, candidates[c]))
				continue;
			found = true;
			if (candidates[c] < min)
				min = candidates[c];
			if (candidates[c] > max)
				max = candidates[c];
		}
	}
	if (found) {
		*ret_min = min;
		*ret_max = max;
	}
	return found;
}

void rules_drop(struct handover *h, enum handover_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < h->n_rules; i++)
		if (h->rules[i].kind != kind)
			h->rules[n++] = h->rules[i];
	h->n_rules = n;
}

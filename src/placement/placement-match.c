/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The matcher: finds the first rule that fits a request or a mapping. */

#include "placement-match.h"

#include <string.h>

#include "basic/glob.h"

static bool is_conditional(const struct placement_rule *r)
{
	for (int key = 0; key < PLACEMENT_GLOBS; key++)
		if (r->globs[key])
			return true;
	return false;
}

static bool size_fits(const struct placement_rule *r, unsigned kinds, uint64_t size)
{
	return kinds & PLACEMENT_KIND(r->kind) && size >= r->min && size <= r->max;
}

/* A rule must ask explicitly for executable memory, and for mappings that an allocator cuts its blocks from. */
static bool is_meant(const struct placement_rule *r, const struct subject *s)
{
	if (!r->allow)
		return true;
	return (r->exec || !s->is_exec) && (!s->is_allocator || r->globs[PLACEMENT_CALLER] || r->globs[PLACEMENT_NAME]);
}

static bool globs_hold(const struct subject *s, const struct placement_rule *r, unsigned index)
{
	for (int key = 0; key < PLACEMENT_GLOBS; key++) {
		const char *glob = r->globs[key];
		int holds = !glob ? 1 : s->holds ? s->holds(s, index, (enum placement_key)key, glob) : -1;

		if (holds == 0 || (holds < 0 && r->allow))
			return false;
	}
	return true;
}

bool rule_fits(const struct placement *h, unsigned rule, const struct subject *s)
{
	const struct placement_rule *r = &h->rules[rule];

	return s->kinds & PLACEMENT_KIND(r->kind) && is_meant(r, s) && globs_hold(s, r, rule);
}

unsigned rules_first(const struct placement *h, const struct subject *s)
{
	unsigned i = 0;

	while (i < h->n_rules && !(size_fits(&h->rules[i], s->kinds, s->size) && rule_fits(h, i, s)))
		i++;
	return i;
}

const struct placement_rule *rules_find(const struct placement *h, const struct subject *s)
{
	unsigned i = rules_first(h, s);

	return i < h->n_rules && h->rules[i].allow ? &h->rules[i] : NULL;
}

/*
 * Whether the rules may allow this size. For a rule with further conditions this is unknown, so one that denies is
 * skipped.
 */
static bool may_allow(const struct placement *h, unsigned kinds, uint64_t size)
{
	for (unsigned i = 0; i < h->n_rules; i++) {
		const struct placement_rule *r = &h->rules[i];

		if (size_fits(r, kinds, size) && (r->allow || !is_conditional(r)))
			return r->allow;
	}
	return false;
}

/*
 * The smallest allowed size is where an allowing rule starts, or just above a denying one: there are no other
 * candidates.
 */
uint64_t rules_smallest(const struct placement *h, unsigned kinds)
{
	uint64_t smallest = UINT64_MAX;

	for (unsigned i = 0; i < h->n_rules; i++) {
		const struct placement_rule *r = &h->rules[i];
		uint64_t start = r->allow ? r->min : r->max + (r->max < UINT64_MAX);

		if (start < smallest && may_allow(h, kinds, start))
			smallest = start;
	}
	return smallest;
}

void rules_drop(struct placement *h, enum placement_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < h->n_rules; i++)
		if (h->rules[i].kind != kind)
			h->rules[n++] = h->rules[i];
	h->n_rules = n;
}

bool object_glob(const char *glob, const char *path)
{
	const char *slash = strrchr(path, '/');

	return strchr(glob, '/') ? path_glob(glob, path) : glob_matches(glob, slash ? slash + 1 : path);
}

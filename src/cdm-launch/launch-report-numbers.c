/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The numbers of the report, which the preload library or the tracer has counted. */

#include "launch-report-internal.h"

#include <string.h>

/* Reads numbers that another process may be changing. */
static struct numbers read_numbers(const struct counts_rule *c)
{
	return (struct numbers){ __atomic_load_n(&c->ranges, __ATOMIC_RELAXED),
				 __atomic_load_n(&c->bytes, __ATOMIC_RELAXED) };
}

struct numbers report_numbers(const struct report *r, size_t rule)
{
	return read_numbers(r->counts ? &r->counts->rules[rule] : &r->rules[rule]);
}

struct numbers report_let_go(const struct report *r)
{
	return read_numbers(r->counts ? &r->counts->let_go : &r->let_go);
}

struct counts_target report_unbound(const struct report *r, size_t target)
{
	const struct counts_target *c = r->counts ? &r->counts->targets[target] : &r->targets[target];

	return (struct counts_target){ .ranges = __atomic_load_n(&c->ranges, __ATOMIC_RELAXED),
				       .bytes = __atomic_load_n(&c->bytes, __ATOMIC_RELAXED),
				       .error = __atomic_load_n(&c->error, __ATOMIC_RELAXED) };
}

const char *report_why_unbound(const struct counts_target *c)
{
	return c->error < 0 && c->error > -4096 ? strerrordesc_np((int)-c->error) : "unknown";
}

bool report_has_counts(const struct report *r)
{
	return !r->counts || __atomic_load_n(&r->counts->images, __ATOMIC_RELAXED);
}

uint64_t report_target_rules(const struct launch *l, unsigned target)
{
	uint64_t rules = 0;

	for (size_t i = 0; i < l->rules.n; i++)
		rules |= l->place.rules[i].allow && l->place.rules[i].target == target ? RULE_BIT(i) : 0;
	return rules;
}

uint64_t report_most(const struct report *r, bool bound)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->n_processes; i++) {
		const uint64_t here = bound ? r->processes[i].bound : r->processes[i].vmas;

		n = here > n ? here : n;
	}
	return n;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Whether a rule allows what a traced program maps. */

#include "allow.h"

#include <sys/mman.h>
#include <sys/syscall.h>

static bool is_for_mappings(const struct rule *r)
{
	return r->kind == RULE_MALLOC || r->kind == RULE_ANON;
}

int allow_mapping(const struct rules *rules, uint64_t size, bool is_exec)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *r = &rules->v[i];

		if (is_for_mappings(r) && size >= r->min && size <= r->max && (r->deny || r->exec || !is_exec))
			return r->deny ? ALLOW_NONE : (int)i;
	}
	return ALLOW_NONE;
}

bool allow_exec(const struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->v[i].exec && is_for_mappings(&rules->v[i]))
			return true;
	return false;
}

int allow_heap(const struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->v[i].kind == RULE_HEAP)
			return rules->v[i].deny ? ALLOW_NONE : (int)i;
	return ALLOW_NONE;
}

/* What is allowed starts where an allowing rule does, or right above a denying one: there are no other candidates. */
uint64_t allow_smallest(const struct rules *rules)
{
	uint64_t smallest = UINT64_MAX;

	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *r = &rules->v[i];
		uint64_t start = !r->deny ? r->min : r->max + (r->max < UINT64_MAX);

		if (is_for_mappings(r) && start < smallest && allow_mapping(rules, start, false) >= 0)
			smallest = start;
	}
	return smallest;
}

int allow_call(const struct rules *rules, const struct call *call)
{
	const uint64_t *args = call->args;

	switch (call->nr) {
	case SYS_mmap:
		return (args[3] & ALLOW_FLAGS_MASK) == ALLOW_FLAGS ? allow_mapping(rules, args[1], args[2] & PROT_EXEC) :
								     ALLOW_NONE;
	case SYS_mremap:
		return args[2] > args[1] && args[1] > 0 ? allow_mapping(rules, args[2], false) : ALLOW_NONE;
	case SYS_brk:
		return args[0] != 0 ? allow_heap(rules) : ALLOW_NONE;
	default:
		return ALLOW_NONE;
	}
}

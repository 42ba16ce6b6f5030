/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Whether a rule allows what a traced program maps. */

#include "allow.h"

#include <sys/mman.h>
#include <sys/syscall.h>

static int allow_range(const struct placement *place, const struct subject *range)
{
	const struct placement_rule *rule = rules_find(place, range);

	return rule ? (int)(rule - place->rules) : ALLOW_NONE;
}

static int allow_mapping(const struct placement *place, uint64_t size, bool is_exec)
{
	return allow_range(place, &(struct subject){ .kinds = ALLOW_MAPPINGS, .size = size, .is_exec = is_exec });
}

bool allow_exec(const struct placement *place)
{
	for (unsigned i = 0; i < place->n_rules; i++)
		if (place->rules[i].exec && ALLOW_MAPPINGS & PLACEMENT_KIND(place->rules[i].kind))
			return true;
	return false;
}

bool allow_strict(const struct placement *place)
{
	for (unsigned i = 0; i < place->n_rules; i++)
		if (place->rules[i].allow && target_is_strict(rule_target(place, i)))
			return true;
	return false;
}

int allow_heap(const struct placement *place)
{
	return allow_range(place, &(struct subject){ .kinds = PLACEMENT_KIND(PLACEMENT_HEAP) });
}

uint64_t allow_smallest(const struct placement *place)
{
	return rules_smallest(place, ALLOW_MAPPINGS);
}

int allow_call(const struct placement *place, const struct call *call)
{
	const uint64_t *args = call->args;

	switch (call->nr) {
	case SYS_mmap:
		return (args[3] & ALLOW_FLAGS_MASK) == ALLOW_FLAGS ? allow_mapping(place, args[1], args[2] & PROT_EXEC) :
								     ALLOW_NONE;
	case SYS_mremap:
		return args[2] > args[1] && args[1] > 0 ? allow_mapping(place, args[2], false) : ALLOW_NONE;
	case SYS_brk:
		return args[0] != 0 ? allow_heap(place) : ALLOW_NONE;
	default:
		return ALLOW_NONE;
	}
}

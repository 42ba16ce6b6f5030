/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The words of the hand-over's text, and properties of a target beside its policy. */

#include "placement.h"

#include <sys/mman.h>

const char *const placement_thps[PLACEMENT_THPS] = { "", "always", "never" };
const char *const placement_kinds[PLACEMENT_KINDS] = { "malloc", "anon", "file", "shm", "data", "heap" };
const char *const placement_keys[PLACEMENT_KEYS] = { "caller", "path", "name", "object", "symbol", "exec" };

int target_advice(const struct placement_target *t)
{
	static const int advices[PLACEMENT_THPS] = {
		[PLACEMENT_THP_ALWAYS] = MADV_HUGEPAGE,
		[PLACEMENT_THP_NEVER] = MADV_NOHUGEPAGE,
	};

	return advices[t->thp];
}

bool target_takes_code(const struct placement *place, unsigned target)
{
	for (unsigned i = 0; i < place->n_rules; i++)
		if (place->rules[i].allow && place->rules[i].exec && place->rules[i].target == target)
			return true;
	return false;
}

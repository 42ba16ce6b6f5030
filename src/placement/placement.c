/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The words of a placement, and what its targets are to the kernel beside their policies. */

#include "placement.h"

#include <sys/mman.h>

const char *const handover_thps[HANDOVER_THPS] = { "", "always", "never" };
const char *const handover_kinds[HANDOVER_KINDS] = { "malloc", "anon", "file", "shm", "data", "heap" };
const char *const handover_keys[HANDOVER_KEYS] = { "caller", "path", "name", "object", "symbol", "exec" };

int target_advice(const struct handover_target *t)
{
	static const int advices[HANDOVER_THPS] = {
		[HANDOVER_THP_ALWAYS] = MADV_HUGEPAGE,
		[HANDOVER_THP_NEVER] = MADV_NOHUGEPAGE,
	};

	return advices[t->thp];
}

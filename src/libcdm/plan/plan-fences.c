/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reduces a plan to the steps that only fence. */

#include "plan.h"

#include "basic/strutil.h"

bool step_sets_mems(enum step_kind k)
{
	return k == STEP_WIDEN || k == STEP_FENCE || k == STEP_PIN || k == STEP_REVOKE || k == STEP_GRANT;
}

bool step_fences(const struct step *s)
{
	enum step_kind k = s->kind;

	return k == STEP_AUTO_ONLINE || k == STEP_CONTROLLER || k == STEP_MOVE ||
	       (step_sets_mems(k) && k != STEP_GRANT) || (k == STEP_CREATE && streq(s->target, CGROUP_V1_FENCE));
}

void plan_keep_fences(struct plan *plan)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->n; i++) {
		if (step_fences(&plan->steps[i]))
			plan->steps[kept++] = plan->steps[i];
		else
			step_clear(&plan->steps[i]);
	}
	plan->n = kept;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which units get a drop-in, and what list it has. */

#include "plan-boot.h"

#include "basic/strutil.h"
#include "plan.h"

#include <errno.h>

/* machine.slice may start long after the boot; its drop-in then exists already. */
static const char *const always[] = { DROPIN_SCOPE, "machine.slice", "system.slice", "user.slice" };

static int want(struct lasting *l, const struct snapshot *now, const struct config *config, const char *path,
		struct error *err)
{
	struct nodeset mems = plan_mems_of(now, config, path);

	return dropin_add(l, path, &mems, err);
}

/*
 * The part of a group's path before its first '/', unless it is a glob: a top-level cgroup that exists or will be made.
 */
static int want_group(struct lasting *l, const struct snapshot *now, const struct config *config,
		      const struct group *group, struct error *err)
{
	size_t n = strcspn(group->pattern, "/");
	_cleanup_free_ char *top = strndup(group->pattern, n);

	if (!top)
		return fail(err, -ENOMEM, "%m");
	return strpbrk(top, "*?") ? 0 : want(l, now, config, top, err);
}

int dropins_want(struct lasting *l, const struct snapshot *now, const struct config *config, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < ELEMENTSOF(always) && r >= 0; i++)
		r = want(l, now, config, always[i], err);
	for (size_t i = 0; i < config->n_groups && r >= 0; i++)
		r = want_group(l, now, config, &config->groups[i], err);
	for (size_t i = 0; i < now->cgroups->n && r >= 0; i++)
		r = want(l, now, config, now->cgroups->v[i].path, err);
	return r < 0 ? r : dropins_unwant(l, err);
}

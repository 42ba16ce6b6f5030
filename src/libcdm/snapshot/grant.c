/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tells which nodes a process gets that enters a group. */

#include "grant.h"

#include <errno.h>

int grant_devices(const struct classification *k, const struct topology *t, uint64_t classes, const char *group,
		  const struct nodeset *asked, struct nodeset *ret, struct error *err)
{
	struct nodeset all = classify_grantable(k, t, classes), extra = asked ? nodeset_minus(asked, &all) : NODESET_EMPTY;

	if (!nodeset_empty(&extra))
		return fail(err, -EINVAL,
			    "node %s is no device node that group %s is granted (granted: %s); see `cdmadm nodes`",
			    NODESET_STR(&extra), group, nodeset_empty(&all) ? "none" : NODESET_STR(&all));
	*ret = asked ? *asked : all;
	return 0;
}

struct nodeset grant_mems(const struct classification *k, const struct topology *t, const struct nodeset *devices)
{
	struct nodeset mems = nodeset_or(&k->system, devices);

	return nodeset_and(&mems, &t->possible);
}

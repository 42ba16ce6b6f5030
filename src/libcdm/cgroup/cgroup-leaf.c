/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Leaves: the cgroups of launched programs, one each, recognized by their names. */

#include "cgroup-leaf.h"

#include "basic/strutil.h"

#include <ctype.h>

bool leaf_is_ours(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *pid = after_prefix(slash ? slash + 1 : path, LEAF_PREFIX);

	return pid && isdigit((unsigned char)*pid);
}

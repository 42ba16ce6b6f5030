/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a process that enters a group gets: one answer for the launcher, which asks, and the daemon, which decides. */

#include "classify.h"

/*
 * Of the device nodes of these classes, which group is granted, those that are asked for (NULL: all). -EINVAL, and
 * which of them it is not granted.
 */
int grant_devices(const struct classification *k, const struct topology *t, uint64_t classes, const char *group,
		  const struct nodeset *asked, struct nodeset *ret, struct error *err);

/* The cpuset.mems that goes with them: the system nodes too, without which a process cannot be. */
struct nodeset grant_mems(const struct classification *k, const struct topology *t, const struct nodeset *devices);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The nodes for a process that enters a group: one function for the launcher, which asks, and the daemon, which
 * decides.
 */

#include "classify.h"

/*
 * Returns in *ret those device nodes of these classes, which group is granted, that are asked for (NULL: all). -EINVAL,
 * with the nodes that it is not granted.
 */
_must_use_ int grant_devices(const struct classification *k, const struct topology *t, uint64_t classes,
			     const char *group, const struct nodeset *asked, struct nodeset *ret, struct error *err);

/* The cpuset.mems that goes with them: it includes the system nodes, which every process needs. */
struct nodeset grant_mems(const struct classification *k, const struct topology *t, const struct nodeset *devices);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Everything about the system that decisions need, read at one moment. */

#include "libcdm/cgroup/cgroup.h"
#include "classify.h"
#include "libcdm/config/config.h"
#include "libcdm/kernel/hugetlb.h"
#include "libcdm/state/state.h"
#include "libcdm/kernel/topology.h"

struct snapshot {
	struct topology *topology;
	struct classification *classes;
	struct cgroups *cgroups;
	struct hugepages hugepages; /* the pools of device nodes */
	struct nodeset withdrawn;   /* by request (state.h): no group gets these nodes */
};

/*
 * Reads each file once. `g` are the cgroups as cgroups_open() found them; it takes them over, also when it fails.
 * Updates `state` with what is seen (state_observe()).
 */
_must_use_ int snapshot_read(const struct root *root, const struct config *config, struct state *state,
			     struct cgroups *g, struct snapshot **ret, struct error *err);

/*
 * For verbs that show only the nodes: the same, but if there are no usable cgroups, they are NULL and that is no
 * failure.
 */
_must_use_ int snapshot_read_nodes(const struct root *root, const struct config *config, struct state *state,
				   struct cgroups *g, struct snapshot **ret, struct error *err);
void snapshot_free(struct snapshot *s);
DEFINE_CLEANUP(struct snapshot *, snapshot_free)
#define _cleanup_snapshot_ _cleanup_(snapshot_freep)

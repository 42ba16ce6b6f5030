/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Everything a decision needs to know of the system, read at one moment. */

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
	struct nodeset withdrawn;   /* by request (state.h): no group gets them */
};

/*
 * Reads each file once. `g` are the cgroups as cgroups_open() found them, which it takes over, also when it fails.
 * Brings `state` up to date with what is seen (state_observe()).
 */
int snapshot_read(const struct root *root, const struct config *config, struct state *state, struct cgroups *g,
		  struct snapshot **ret, struct error *err);

/* The same for who shows the nodes alone: without cgroups that nodes could be given to (then NULL) it is no failure. */
int snapshot_read_nodes(const struct root *root, const struct config *config, struct state *state, struct cgroups *g,
			struct snapshot **ret, struct error *err);
void snapshot_free(struct snapshot *s);
DEFINE_CLEANUP(struct snapshot *, snapshot_free)
#define _cleanup_snapshot_ _cleanup_(snapshot_freep)

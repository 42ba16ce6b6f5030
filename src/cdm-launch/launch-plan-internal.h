/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files that make the launch plan have in common. */

#include "launch.h"

#include "libcdm/snapshot/nodes.h"

/* All that was looked up on the way. */
struct lookup {
	struct config *config;
	struct state *state;
	struct topology *topology;
	struct classification *classes;
	struct cgroups *cgroups;
	struct profile profile;
};

/* launch-plan-nodes.c */
int launch_plan_nodes(const struct options *o, const struct lookup *look, struct launch *l, const struct root *root,
		      struct error *err);

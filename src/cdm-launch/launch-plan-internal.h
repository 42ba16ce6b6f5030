/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Shared by the files that make the launch plan. */

#include "launch.h"

#include "libcdm/snapshot/nodes.h"

/* Everything that is looked up for the plan. */
struct lookup {
	struct config *config;
	struct state *state;
	struct topology *topology;
	struct classification *classes;
	struct cgroups *cgroups;
	struct profile profile;
};

/* launch-plan-nodes.c */
_must_use_ int launch_plan_nodes(const struct options *o, const struct lookup *look, struct launch *l,
				 const struct root *root, struct error *err);

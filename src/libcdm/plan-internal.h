/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plan.h"

/* Appends a step; value may be NULL. -ENOMEM. */
int plan_add(struct plan *p, enum step_kind kind, const char *target, const char *value, const struct nodeset *nodes);

/* The same for a node: its target is "nodeN". */
int plan_add_node(struct plan *p, enum step_kind kind, int node, const char *value);

/* Releases what a step owns. */
void step_clear(struct step *step);

/* What plan_make() works on; each part appends its steps. */
struct planner {
	const struct snapshot *now;
	const struct config *config;
	const struct state *state;
	struct plan *plan;
	struct plan *grants;   /* gathered meanwhile: they come last */
	struct nodeset system; /* also nodes whose memory is about to come online: fences widen before it does */
};

/* plan-online.c */
int plan_auto_online(struct planner *p);
int plan_online(struct planner *p);

/* plan-removal.c: what is left of nodes that were asked to leave. */
int plan_removal(struct planner *p);

/* plan-cgroup.c: fences go to plan, grants to grants. */
int plan_cgroups(struct planner *p);

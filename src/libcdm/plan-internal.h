/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plan.h"

/* Appends a step; value may be NULL. -ENOMEM. */
int plan_add(struct plan *p, enum step_kind kind, const char *target, const char *value, const struct nodeset *nodes);

/* The same for a node: its target is "nodeN". */
int plan_add_node(struct plan *p, enum step_kind kind, int node, const char *value);

/* Releases what a step owns. */
void step_clear(struct step *step);

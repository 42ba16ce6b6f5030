/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Nodes and their classes, as the state of this boot has them: what a snapshot begins with, and all that libcdm.so
 * wants.
 */

#include "classify.h"
#include "libcdm/state/state.h"

/*
 * Also brings `state` up to date with what is seen (state_observe()); `brief`, which is TOPOLOGY_BRIEF: to be thrown
 * away. Whoever decides by it asks classification_check() first.
 */
int nodes_read(const struct root *root, const struct config *config, struct state *state, bool brief,
	       struct topology **ret_topology, struct classification **ret_classes, struct error *err);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Nodes and their classes, according to the state of this boot: the first part of a snapshot, and all that libcdm.so
 * needs.
 */

#include "classify.h"
#include "libcdm/state/state.h"

/*
 * Also updates `state` with what is seen (state_observe()). With `brief` (TOPOLOGY_BRIEF) the result must be thrown
 * away afterwards. Call classification_check() before deciding by the result.
 */
_must_use_ int nodes_read(const struct root *root, const struct config *config, struct state *state, bool brief,
			  struct topology **ret_topology, struct classification **ret_classes, struct error *err);

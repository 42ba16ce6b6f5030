/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A node as JSON, for cdmadm(8) `nodes` and the daemon's status. */

#include "libcdm/json/json.h"
#include "libcdm/snapshot/snapshot.h"

/*
 * The i-th of now->topology->nodes: a new reference. explain: adds "why", and "signals", the strongest first. The
 * groups are null if the snapshot has no cgroups.
 */
json_t *node_to_json(const struct snapshot *now, const struct config *config, size_t i, bool explain);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A node as cdmadm(8) `nodes` and the daemon's status show it. */

#include "libcdm/json/json.h"
#include "libcdm/snapshot/snapshot.h"

/*
 * The i-th of now->topology->nodes: a new reference. explain: with "why", and "signals", the strongest first. The
 * groups are left out while the snapshot has no cgroups.
 */
json_t *node_to_json(const struct snapshot *now, const struct config *config, size_t i, bool explain);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What shall stand in the next boot, from the moment PID 1 makes a unit's cgroup: the list of each drop-in. */

#include "libcdm/setup/dropin.h"
#include "libcdm/snapshot/snapshot.h"

/*
 * Adds the drop-in of every top-level slice there is or will be, and of init.scope; and that the others of ours
 * shall go. Top-level mounts and such have no processes worth the name so early: cdmd fences them.
 */
int dropins_want(struct lasting *l, const struct snapshot *now, const struct config *config, struct error *err);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The fences and grants of the next boot, in place from the moment when PID 1 makes a unit's cgroup: one drop-in each.
 */

#include "libcdm/setup/dropin.h"
#include "libcdm/snapshot/snapshot.h"

/*
 * Wants a drop-in for init.scope and every top-level slice that exists or is to be made, and the removal of our other
 * ones. Top-level mounts and the like have no relevant processes so early: cdmd fences them.
 */
_must_use_ int dropins_want(struct lasting *l, const struct snapshot *now, const struct config *config, struct error *err);

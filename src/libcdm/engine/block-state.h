/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Writing /sys/devices/system/memory/memoryN/state: a node's blocks come online, or go offline. */

#include "libcdm/plan/plan.h"

/* The step's blocks. One line names the first that refused and how many did. What came online is entered in state. */
int blocks_bring_online(const struct root *root, const struct snapshot *now, const struct step *s, struct state *state,
			struct error *err);

/* The step's blocks, the highest first, from a fenced child, again and again until limit_ms have passed. -EBUSY. */
int blocks_take_offline(const struct root *root, const struct snapshot *now, const struct step *s, unsigned limit_ms,
			struct error *err);

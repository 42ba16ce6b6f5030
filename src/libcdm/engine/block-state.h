/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Writes /sys/devices/system/memory/memoryN/state: brings a node's blocks online, or takes them offline. */

#include "libcdm/plan/plan.h"

/*
 * Brings the step's blocks online, and enters them in state. On failure one line names the first block that refused,
 * and how many did.
 */
_must_use_ int blocks_bring_online(const struct root *root, const struct snapshot *now, const struct step *s,
				   struct state *state, struct error *err);

/*
 * Takes the step's blocks offline, the highest first, from a fenced child, repeatedly until limit_ms have passed.
 * -EBUSY.
 */
_must_use_ int blocks_take_offline(const struct root *root, const struct snapshot *now, const struct step *s,
				   unsigned limit_ms, struct error *err);

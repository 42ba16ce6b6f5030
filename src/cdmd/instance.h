/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One daemon at a time. */

#include "basic/root.h"

/* Returns the descriptor that holds the lock until it is closed. -EBUSY: another cdmd does. */
int instance_lock(const struct root *root, struct error *err);

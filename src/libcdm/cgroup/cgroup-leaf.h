/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A leaf: the cgroup of one launched program inside its group, "cdm-launch-PID" (a scope under systemd). */

#include <stdbool.h>

#define LEAF_PREFIX "cdm-launch-"

/* Whether the last component of path names a leaf. */
bool leaf_is_ours(const char *path);

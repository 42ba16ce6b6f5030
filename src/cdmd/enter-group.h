/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Moving a process into a group for somebody who may not do it himself. That he may enter was decided before. */

#include "server.h"
#include "status.h"

/* As server_ops.enter. */
int enter_group(const struct view *view, const struct root *root, const struct entry *entry, char **ret_path,
		struct error *err);

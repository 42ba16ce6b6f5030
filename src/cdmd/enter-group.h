/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Moves a process into a group for a user who may not do so himself. The caller has checked that he may enter it. */

#include "cdmd/socket/server.h"
#include "status.h"

/* See server_ops.enter. */
_must_use_ int enter_group(const struct view *view, const struct root *root, const struct entry *entry, char **ret_path,
			   struct error *err);

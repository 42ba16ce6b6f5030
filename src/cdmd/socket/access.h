/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Access to groups: root may enter every group, other users if the group's "enter" names them (cdm.json(5)). */

#include "libcdm/config/config.h"
#include "peer.h"

enum access {
	ACCESS_NO,
	ACCESS_YES,
	ACCESS_ASK, /* names must be looked up first: access_look_up() */
};

/*
 * Decides without looking any name up. Nobody, not even root, may enter a path that no group of the configuration
 * matches itself, or a leaf, which belongs to another program. Root may enter any group.
 */
enum access access_decide(const struct config *c, const char *path, const struct peer *peer);

/*
 * The same, with names looked up in the system's user databases. It blocks, since these may be remote and slow: call it
 * in a child process.
 */
bool access_look_up(const struct config *c, const char *path, const struct peer *peer);

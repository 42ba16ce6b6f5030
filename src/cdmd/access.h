/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who may enter a group: root, and whom the group's "enter" names (cdm.json(5)). */

#include "libcdm/config/config.h"
#include "peer.h"

enum access {
	ACCESS_NO,
	ACCESS_YES,
	ACCESS_ASK, /* names must be looked up to know: access_look_up() */
};

/*
 * By what is known without asking anybody. A path that no group of the configuration matches itself is nobody's to
 * enter, and neither is a leaf: it is another program's. Root may enter any group.
 */
enum access access_decide(const struct config *c, const char *path, const struct peer *peer);

/*
 * The same with names looked up in the system's databases. These may be anywhere, and slow: it blocks. It is made for a
 * child process.
 */
bool access_look_up(const struct config *c, const char *path, const struct peer *peer);

/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm online: gives back a node that was drained or taken offline. */

#include "node-verbs.h"

static int run(struct ctx *ctx, struct error *err)
{
	return request_run(ctx, REQUEST_ONLINE, NULL, err);
}

const struct verb verb_online = {
	.name = "online",
	.args = "NODE",
	.help = "bring nodes online as their class says, and give them to their groups again",
	.min_args = 1,
	.max_args = 1,
	.root_because = "it writes cpuset.mems",
	.changes = true,
	.run = run,
};

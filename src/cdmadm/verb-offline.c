/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm offline: takes a node from its groups, moves its pages away, and takes its memory offline. */

#include "node-verbs.h"

static int run(struct ctx *ctx, struct error *err)
{
	return request_run(ctx, REQUEST_OFFLINE, ctx->given[REQUEST_OPT_TIMEOUT], err);
}

const struct verb verb_offline = {
	.name = "offline",
	.args = "NODE",
	.help = "take nodes from their groups, and their memory offline",
	.options = request_options,
	.n_options = REQUEST_N_OPTS,
	.min_args = 1,
	.max_args = 1,
	.root_because = "it moves pages and writes cpuset.mems",
	.changes = true,
	.run = run,
};

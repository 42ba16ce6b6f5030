/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm drain: takes a node from its groups and moves its pages away; its memory stays online. */

#include "node-verbs.h"

static int run(struct ctx *ctx, struct error *err)
{
	return request_run(ctx, REQUEST_DRAIN, ctx->given[REQUEST_OPT_TIMEOUT], err);
}

const struct verb verb_drain = {
	.name = "drain",
	.args = "NODE",
	.help = "take nodes from their groups, and move away what is on them",
	.options = request_options,
	.n_options = REQUEST_N_OPTS,
	.min_args = 1,
	.max_args = 1,
	.root_because = "it moves pages and writes cpuset.mems",
	.changes = true,
	.run = run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm offline and drain: take a node from its groups and move its pages away; offline takes its memory offline. */

#include "node-verbs.h"

static int offline(struct ctx *ctx, struct error *err)
{
	return request_run(ctx, REQUEST_OFFLINE, ctx->given[REQUEST_OPT_TIMEOUT], err);
}

static int drain(struct ctx *ctx, struct error *err)
{
	return request_run(ctx, REQUEST_DRAIN, ctx->given[REQUEST_OPT_TIMEOUT], err);
}

/* What both have in common. */
#define NODE_VERB                                                                                              \
	.args = "NODE", .options = request_options, .n_options = REQUEST_N_OPTS, .min_args = 1, .max_args = 1, \
	.root_because = "it moves pages and writes cpuset.mems", .changes = true

const struct verb verb_offline = {
	.name = "offline",
	.help = "take nodes from their groups, and their memory offline",
	.run = offline,
	NODE_VERB,
};

const struct verb verb_drain = {
	.name = "drain",
	.help = "take nodes from their groups, and move away what is on them",
	.run = drain,
	NODE_VERB,
};

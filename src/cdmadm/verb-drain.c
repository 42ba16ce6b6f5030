/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "request.h"

enum {
	OPT_TIMEOUT,
	N_OPTS
};

static const struct option_spec options[N_OPTS] = {
	[OPT_TIMEOUT] = { 't', "timeout", "SECONDS", REQUEST_TIMEOUT_HELP },
};

static int run(struct ctx *ctx, struct error *err)
{
	return request_run(ctx, REQUEST_DRAIN, ctx->given[OPT_TIMEOUT], err);
}

const struct verb verb_drain = {
	.name = "drain",
	.args = "NODE",
	.help = "take a node from its groups and move away what is on it",
	.options = options,
	.n_options = N_OPTS,
	.min_args = 1,
	.max_args = 1,
	.root_because = "it moves pages and writes cpuset.mems",
	.changes = true,
	.run = run,
};

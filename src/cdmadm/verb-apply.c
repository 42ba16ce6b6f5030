/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm apply: carries the plan out once. */

#include "cdmadm.h"

#include "step-log.h"

enum {
	OPT_FENCE,
	N_OPTS
};

static const struct option_spec options[N_OPTS] = {
	[OPT_FENCE] = { 'f', "fence", NULL, "only make the fences stand: nothing comes online, nothing is granted" },
};

static int apply(struct ctx *ctx, struct error *err)
{
	_cleanup_reconciled_ struct reconciled done = RECONCILED_NONE;
	_cleanup_json_ json_t *steps = json_array();
	struct step_log log = { .quiet = ctx->json, .steps = steps };
	struct reconcile r = { .root = &ctx->root, .hooks = { .fn = step_log_step, .arg = &log } };
	int e = ctx_config(ctx, &r.config, err);

	r.mode = ctx->given[OPT_FENCE] ? RECONCILE_FENCE : RECONCILE_ALL;
	if (e < 0)
		return e;
	e = reconcile(&r, &done, err);
	if (e < 0)
		return e;
	return step_log_finish(&log, &done.plan->problems, &STRV_NONE, "nothing to do", err);
}

static int run(struct ctx *ctx, struct error *err)
{
	int e = apply(ctx, err);

	if (e < 0 && ctx->given[OPT_FENCE])
		state_tell_unfenced(&ctx->root);
	return e;
}

const struct verb verb_apply = {
	.name = "apply",
	.args = "",
	.help = "fence, online and grant, once",
	.options = options,
	.n_options = N_OPTS,
	.root_because = "it writes cpuset.mems",
	.changes = true,
	.run = run,
};

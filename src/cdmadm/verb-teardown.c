/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "cdmadm.h"

#include "steps.h"
#include "units.h"

#include <errno.h>

static int run(struct ctx *ctx, struct error *err)
{
	_cleanup_reconciled_ struct reconciled done = RECONCILED_NONE;
	_cleanup_json_ json_t *steps = json_array();
	struct step_log log = { .quiet = ctx->json, .steps = steps };
	struct reconcile r = { .root = &ctx->root, .mode = RECONCILE_TEARDOWN, .fn = step_log_step, .arg = &log };
	int e = ctx_config(ctx, &r.config, err);

	if (e < 0)
		return e;
	/* A running daemon would put everything back in place at the next event. */
	if (units_running(&ctx->root) && units_off(&log) < 0)
		return step_log_finish(&log, &STRV_NONE, &STRV_NONE, "", err);
	e = reconcile(&r, &done, err);
	if (e < 0)
		return e;
	return step_log_finish(&log, &done.plan->problems, &STRV_NONE, "nothing to restore", err);
}

const struct verb verb_teardown = {
	.name = "teardown",
	.args = "",
	.help = "stop cdmd and put everything back as it was",
	.root_because = "it writes cpuset.mems and disables cdmd.service",
	.changes = true,
	.run = run,
};

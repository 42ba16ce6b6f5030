/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "cdmadm.h"

#include "steps.h"
#include "units.h"

#include <errno.h>

static int run(struct ctx *ctx, struct error *err)
{
	_cleanup_reconciled_ struct reconciled done = RECONCILED_NONE;
	_cleanup_strv_ struct strv notes = STRV_NONE;
	_cleanup_json_ json_t *steps = json_array();
	struct step_log log = { .quiet = ctx->json, .steps = steps };
	struct reconcile r = { .root = &ctx->root, .fn = step_log_step, .arg = &log };
	int e = ctx_config(ctx, &r.config, err);

	if (e < 0)
		return e;
	/* First of all the fences stand; whether something keeps them up from now on comes after. */
	e = reconcile(&r, &done, err);
	if (e < 0)
		return e;
	e = units_running(&ctx->root) ?
		    units_on(&log, &notes) :
		    strv_add(&notes,
			     "the fences stand, but nothing keeps them up to date yet: have the init system start `cdmd`");
	if (e < 0)
		return fail(err, e, "%m");
	return step_log_finish(&log, &done.plan->problems, &notes, "nothing to do", err);
}

const struct verb verb_setup = {
	.name = "setup",
	.args = "",
	.help = "fence, online and grant, and keep it so: enable and start cdmd",
	.root_because = "it writes cpuset.mems and enables cdmd.service",
	.changes = true,
	.run = run,
};

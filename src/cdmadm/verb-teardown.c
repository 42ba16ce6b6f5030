/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm teardown: puts everything back as it was before setup. */

#include "cdmadm.h"

#include "boot-files.h"
#include "units.h"

#include <errno.h>

static int run(struct ctx *ctx, struct error *err)
{
	_cleanup_lasting_ struct lasting files = { .root = &ctx->root };
	_cleanup_reconciled_ struct reconciled done = RECONCILED_NONE;
	_cleanup_strv_ struct strv notes = STRV_NONE;
	_cleanup_close_ int lock = -1;
	_cleanup_json_ json_t *steps = json_array();
	struct step_log log = { .quiet = ctx->json, .steps = steps };
	struct reconcile r = { .root = &ctx->root,
			       .mode = RECONCILE_TEARDOWN,
			       .limit_ms = 60 * 1000,
			       .hooks = { .fn = step_log_step, .arg = &log } };
	struct boot_changes changes = { 0 };
	int e = ctx_config(ctx, &r.config, err);

	if (e >= 0)
		e = boot_prepare_removal(&files, &notes, err);
	if (e < 0)
		return e;
	if (units_running(&ctx->root) && units_off(&log, &changes) < 0)
		return step_log_finish(&log, &STRV_NONE, &STRV_NONE, "", err);
	/* A daemon that runs, or that is started now, would make the fences again at the next event. */
	lock = state_lock_daemon(&ctx->root, err);
	if (lock == -EBUSY)
		return fail(err, lock,
			    "cdmd is running, and would put everything back at once: end it, then run this again");
	e = lock < 0 ? lock : reconcile(&r, &done, err);
	if (e < 0)
		return e;
	/* If a fence has to stay, so do the files that make it in the next boot. */
	if (log.failed == 0)
		boot_commit(&files, &log, &changes);
	if (units_running(&ctx->root))
		units_reload(&log, &changes);
	return step_log_finish(&log, &done.plan->problems, &notes, "nothing to restore", err);
}

const struct verb verb_teardown = {
	.name = "teardown",
	.args = "",
	.help = "stop cdmd and put everything back as it was",
	.root_because = "it writes cpuset.mems and removes files below /etc",
	.changes = true,
	.run = run,
};

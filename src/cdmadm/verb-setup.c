/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm setup: makes the fences, now and for later boots, and starts cdmd, which keeps them. */

#include "cdmadm.h"

#include "boot-files.h"
#include "units.h"

#include <errno.h>

/* Makes sure that the fences are kept up, in this boot and in later ones. */
static int keep_up(const struct root *root, const struct boot_changes *changes, struct step_log *log, struct strv *notes)
{
	if (units_running(root))
		return units_on(log, notes, changes);
	return strv_add(notes,
			"the fences stand, but nothing keeps them up to date yet: have the init system start `cdmd`");
}

static int run(struct ctx *ctx, struct error *err)
{
	_cleanup_lasting_ struct lasting files = { .root = &ctx->root };
	_cleanup_reconciled_ struct reconciled done = RECONCILED_NONE;
	_cleanup_snapshot_ struct snapshot *now = NULL;
	_cleanup_strv_ struct strv notes = STRV_NONE;
	_cleanup_json_ json_t *steps = json_array();
	struct step_log log = { .quiet = ctx->json, .steps = steps };
	struct reconcile r = { .root = &ctx->root, .hooks = { .fn = step_log_step, .arg = &log } };
	struct boot_changes changes = { 0 };
	int e = reconcile_refuse_container(&ctx->root, err);

	if (e >= 0)
		e = ctx_config(ctx, &r.config, err);
	if (e >= 0)
		e = ctx_snapshot(ctx, &now, err);
	/* A full disk or a file of the administrator's is found before anything has changed. */
	if (e >= 0)
		e = boot_prepare(&ctx->root, r.config, now, &files, &notes, err);
	/* Make the fences first, then start what keeps them up. */
	if (e >= 0)
		e = reconcile(&r, &done, err);
	if (e < 0)
		return e;
	boot_commit(&files, &log, &changes);
	e = keep_up(&ctx->root, &changes, &log, &notes);
	if (e < 0)
		return fail(err, e, "%m");
	return step_log_finish(&log, &done.plan->problems, &notes, "nothing to do", err);
}

const struct verb verb_setup = {
	.name = "setup",
	.args = "",
	.help = "fence, online and grant, and keep it so: drop-ins, udev's rules, cdmd",
	.root_because = "it writes cpuset.mems and files below /etc",
	.changes = true,
	.run = run,
};

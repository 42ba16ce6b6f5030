/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lock, state, snapshot, plan, apply, state. */

#include "apply.h"

#include "basic/strutil.h"

#include <errno.h>

/* Before anything changes: how it stood, on disk. */
static int remember(const struct plan *plan, const struct snapshot *now, struct state *state)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *s = &plan->steps[i];
		const struct cgroup *g = cgroups_find(now->cgroups, s->target);
		int r = 0;

		if (s->kind == STEP_CREATE && !strv_has(&state->created, s->target))
			r = strv_add(&state->created, s->target);
		else if (s->kind == STEP_CONTROLLER && !strv_has(&state->enabled, s->target))
			r = strv_add(&state->enabled, s->target);
		else if (s->kind == STEP_AUTO_ONLINE && !state->auto_online) {
			state->auto_online = strdup(now->topology->auto_online);
			r = state->auto_online ? 0 : -ENOMEM;
		} else if (g && (s->kind == STEP_FENCE || s->kind == STEP_REVOKE || s->kind == STEP_GRANT))
			r = state_remember_mems(state, g);
		if (r < 0)
			return r;
	}
	return 0;
}

static int look(const struct reconcile *r, struct state *state, struct snapshot **ret_now, struct plan **ret_plan,
		struct error *err)
{
	_cleanup_snapshot_ struct snapshot *now = NULL;
	_cleanup_plan_ struct plan *plan = NULL;
	int e = snapshot_read(r->root, r->config, state, &now, err);

	if (e < 0)
		return e;
	e = r->teardown ? plan_teardown(now, state, &plan) : plan_make(now, r->config, state, &plan);
	if (e < 0)
		return fail(err, e, "planning: %m");
	*ret_now = TAKE_PTR(now);
	*ret_plan = TAKE_PTR(plan);
	return 0;
}

/* What could not be written down is said, but never keeps a fence from being made. */
static void save(const struct reconcile *r, const struct state *state, struct strv *problems)
{
	_cleanup_error_ struct error err = ERROR_NONE;

	if (state_save(r->root, state, &err) < 0)
		(void)strv_addf(problems, "%s: a teardown may not restore all that was", error_text(&err));
}

int reconcile(const struct reconcile *r, struct apply_result *ret, struct plan **ret_plan, struct error *err)
{
	_cleanup_close_ int lock = state_lock(r->root, err);
	_cleanup_state_ struct state *state = NULL;
	_cleanup_snapshot_ struct snapshot *now = NULL;
	_cleanup_plan_ struct plan *plan = NULL;
	_cleanup_cgroup_ctl_ struct cgroup_ctl *ctl = NULL;
	int e;

	if (lock < 0)
		return lock;
	e = state_load(r->root, &state, err);
	if (e < 0)
		return e;
	e = look(r, state, &now, &plan, err);
	if (e < 0)
		return e;
	e = cgroup_ctl_new(r->root, now->cgroups, &ctl, err);
	if (e < 0)
		return e;
	e = r->teardown ? 0 : remember(plan, now, state);
	if (e < 0)
		return fail(err, e, "%m");
	save(r, state, &plan->problems);
	apply_plan(plan, now, state, ctl, r->root, r->fn, r->arg, ret);
	if (r->teardown && ret->failed + ret->skipped == 0)
		e = state_forget(r->root, err);
	else if (ret->done)
		save(r, state, &plan->problems);
	if (e >= 0 && ret_plan)
		*ret_plan = TAKE_PTR(plan);
	return e;
}

int reconcile_preview(const struct reconcile *r, struct plan **ret_plan, struct snapshot **ret_snapshot, struct error *err)
{
	_cleanup_state_ struct state *state = NULL;
	_cleanup_snapshot_ struct snapshot *now = NULL;
	_cleanup_plan_ struct plan *plan = NULL;
	int e = state_load(r->root, &state, err);

	if (e < 0)
		return e;
	e = look(r, state, &now, &plan, err);
	if (e < 0)
		return e;
	if (ret_plan)
		*ret_plan = TAKE_PTR(plan);
	if (ret_snapshot)
		*ret_snapshot = TAKE_PTR(now);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Carrying a plan out, step by step, and the whole reconcile around it. */

#include "plan.h"

enum step_result {
	STEP_DONE,
	STEP_GONE,    /* the cgroup or node vanished meanwhile: no error */
	STEP_SKIPPED, /* not tried, because a step it relies on failed */
	STEP_FAILED,
};

/* Told after every step; message is NULL when there is nothing to say. */
typedef void (*step_fn)(void *arg, const struct step *step, enum step_result result, const char *message);

struct apply_result {
	unsigned done, failed, skipped;
};

/*
 * A refused step does not stop the others, but no memory is onlined while a fence step has failed, and no
 * fence is lifted while memory could not be taken offline. What is about to change is remembered in `state`
 * first, which the caller saves.
 */
void apply_plan(const struct plan *plan, const struct snapshot *snapshot, struct state *state, struct cgroup_ctl *ctl,
		const struct root *root, step_fn fn, void *arg, struct apply_result *ret);

struct reconcile {
	const struct root *root;
	const struct config *config;
	step_fn fn; /* may be NULL */
	void *arg;
	bool teardown; /* plan_teardown() instead of plan_make() */
};

/*
 * Lock, state, snapshot, plan, apply, state: one reconcile. Returns 0 also when steps failed (ret says so), a
 * negative errno when it could not even look. *ret_plan (may be NULL) is what was carried out.
 */
int reconcile(const struct reconcile *r, struct apply_result *ret, struct plan **ret_plan, struct error *err);

/* The same without changing anything: what a reconcile would do now. */
int reconcile_preview(const struct reconcile *r, struct plan **ret_plan, struct snapshot **ret_snapshot,
		      struct error *err);

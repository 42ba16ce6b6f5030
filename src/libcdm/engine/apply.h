/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Carrying a plan out, step by step, and the whole reconcile around it. */

#include "libcdm/plan/plan.h"
#include "libcdm/plan/node-request.h"

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
 * first, which the caller saves. limit_ms is for each node's drain and offline.
 */
void apply_plan(const struct plan *plan, const struct snapshot *snapshot, struct state *state, struct cgroup_ctl *ctl,
		const struct root *root, unsigned limit_ms, step_fn fn, void *arg, struct apply_result *ret);

enum reconcile_mode {
	RECONCILE_ALL,
	RECONCILE_FENCE,    /* only the steps up to the fences: nothing comes online, nothing is granted */
	RECONCILE_TEARDOWN, /* plan_teardown() instead of plan_make() */
};

/* How long a node's drain, and its offline, may take by default: nobody else can reconcile meanwhile. */
#define REMOVAL_LIMIT_MS 5000

struct reconcile {
	const struct root *root;
	const struct config *config;
	enum reconcile_mode mode;
	struct request request; /* entered in the state before planning */
	unsigned limit_ms;      /* 0: REMOVAL_LIMIT_MS */
	step_fn fn;             /* may be NULL */
	void *arg;
	/*
	 * The state as it was left, for a caller that lives on to hand to its next reconcile; NULL: it is not kept. It
	 * is what holds while /run is full, or when somebody has cleaned it.
	 */
	struct state **kept;
};

struct reconciled {
	struct snapshot *now; /* as it was before the steps */
	struct plan *plan;
	struct apply_result steps;
	/*
	 * The kernel is not done yet: a block that no node has claimed (its link comes after its uevent), or a granted
	 * node that cpuset.mems.effective does not show (on 6.1 cpuset_hotplug_workfn() runs later). Look again soon,
	 * there may be no further event.
	 */
	bool unsettled;
};

#define RECONCILED_NONE ((struct reconciled){ 0 })

/*
 * Lock, state, snapshot, plan, apply, state: one reconcile. Returns 0 also when steps failed (ret->steps says so),
 * a negative errno when it could not even look.
 */
int reconcile(const struct reconcile *r, struct reconciled *ret, struct error *err);

/* Fails in a container, as reconcile() does unless it is the daemon's: for whoever does something before. */
int reconcile_refuse_container(const struct root *root, struct error *err);

/* The same without changing anything: what a reconcile would do now. Takes no lock, writes no state. */
int reconcile_preview(const struct reconcile *r, struct reconciled *ret, struct error *err);

void reconciled_free(struct reconciled *r);
#define _cleanup_reconciled_ _cleanup_(reconciled_free)

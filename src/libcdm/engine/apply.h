/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Carries a plan out, step by step, and does the whole reconcile around it. */

#include "libcdm/plan/plan.h"
#include "libcdm/plan/node-request.h"

const char *step_result_name(enum step_result r); /* "done", "gone", "skipped", "failed", "deferred" */

/* Called after every step; message is NULL if there is nothing to report. */
typedef void (*step_fn)(void *arg, const struct step *step, enum step_result result, const char *message);

/* Whether a step may be carried out now. Called before it. */
typedef bool (*may_step_fn)(void *arg, const struct step *step);

struct step_hooks {
	step_fn fn;      /* may be NULL */
	may_step_fn may; /* NULL: every step may be carried out */
	void *arg;
};

struct apply_result {
	unsigned done, failed, skipped, deferred;
	bool fence_failed;
};

/*
 * A step that fails does not stop the others, but no memory is brought online after a fence step has failed, and no
 * fence is lifted if memory could not be taken offline. What is about to change must be in `state`, which the caller
 * saves. limit_ms is the limit for each node's drain and offline. A fence step that is deferred counts as failed. Each
 * step gets its result.
 */
void apply_plan(struct plan *plan, const struct snapshot *snapshot, struct state *state, struct cgroup_ctl *ctl,
		const struct root *root, unsigned limit_ms, const struct step_hooks *hooks, struct apply_result *ret);

enum reconcile_mode {
	RECONCILE_ALL,
	RECONCILE_FENCE,    /* only the steps up to the fences: brings nothing online, grants nothing */
	RECONCILE_TEARDOWN, /* plan_teardown() instead of plan_make() */
};

/* Default time limit for a node's drain, and for its offline: no other reconcile can run meanwhile. */
#define REMOVAL_LIMIT_MS 5000

struct reconcile {
	const struct root *root;
	const struct config *config;
	enum reconcile_mode mode;
	struct request request; /* recorded in the state before planning */
	unsigned limit_ms;      /* 0: REMOVAL_LIMIT_MS */
	struct step_hooks hooks;
	/*
	 * The state after the reconcile, for a caller that hands it to its next reconcile; NULL: it is not kept. It is
	 * used while /run is full, or after /run was cleaned.
	 */
	struct state **kept;
};

struct reconciled {
	struct snapshot *now; /* from before the steps */
	struct plan *plan;
	struct apply_result steps;
	/*
	 * The kernel has not finished: a block has no node yet (its link comes after its uevent), or
	 * cpuset.mems.effective does not show a granted node (on 6.1 cpuset_hotplug_workfn() runs later). Look again
	 * soon, since there may be no further event.
	 */
	bool unsettled;
	/*
	 * A leaf is empty, and the process that it is named after has not been reaped: the leaf can be removed later.
	 * No event tells when.
	 */
	bool untidy;
};

#define RECONCILED_NONE ((struct reconciled){ 0 })

/*
 * One reconcile: lock, state, snapshot, plan, apply, state. Returns 0 also if steps failed (ret->steps says so), a
 * negative errno if it could not read the state of the system.
 */
_must_use_ int reconcile(const struct reconcile *r, struct reconciled *ret, struct error *err);

/*
 * Fails in a container, like reconcile() unless that is called by the daemon. For callers that change something before.
 */
_must_use_ int reconcile_refuse_container(const struct root *root, struct error *err);

/* The same without changing anything: shows what a reconcile would do now. Takes no lock, writes no state. */
_must_use_ int reconcile_preview(const struct reconcile *r, struct reconciled *ret, struct error *err);

void reconciled_free(struct reconciled *r);
#define _cleanup_reconciled_ _cleanup_(reconciled_free)

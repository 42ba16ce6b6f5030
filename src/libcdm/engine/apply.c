/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Carries out a plan step by step. */

#include "apply.h"
#include "drain.h"
#include "hugetlb-resize.h"
#include "block-state.h"
#include "libcdm/plan/plan.h"

#include "basic/strutil.h"

#include <errno.h>

const char *step_result_name(enum step_result r)
{
	static const char *const names[] = {
		[STEP_DONE] = "done",     [STEP_GONE] = "gone",         [STEP_SKIPPED] = "skipped",
		[STEP_FAILED] = "failed", [STEP_DEFERRED] = "deferred",
	};

	return names[r];
}

struct apply {
	const struct snapshot *now;
	struct state *state;
	struct cgroup_ctl *ctl;
	const struct root *root;
	const struct step_hooks *hooks;
	unsigned limit_ms;   /* for each node's drain and offline */
	bool fence_failed;   /* nothing may come online any more */
	bool offline_failed; /* no fence may be lifted any more */
};

static int set_auto_online(const struct apply *a, const struct step *s, struct error *err)
{
	int r = root_write(a->root, s->auto_online, "sys/devices/system/memory/auto_online_blocks");

	return r < 0 ? fail(err, r, "auto_online_blocks: writing \"%s\": %m", s->auto_online) : 0;
}

static int set_mems(const struct apply *a, const struct step *s, struct error *err)
{
	int r = s->migrate == MIGRATE_ON ? cgroup_set_migrate(a->ctl, s->target, true, err) : 0;

	if (r == 0)
		r = cgroup_set_mems(a->ctl, s->target, &s->nodes, err);
	if (r == 0 && s->migrate == MIGRATE_OFF)
		r = cgroup_set_migrate(a->ctl, s->target, false, err);
	return r;
}

/*
 * A list that shrinks moves pages away from the nodes that the cgroup had, but the kernel moves them only from its
 * recorded nodes (cpuset_migrate_mm() from old_mems_allowed), and records none while a cgroup has no list of its own:
 * pages that are already on a device node would stay. So a first list that leaves out online device memory is set, then
 * opened to what the cgroup had until now, and set again. Each of these changes effective mems, since
 * update_nodemasks_hier() skips a write that does not.
 */
static int set_first_mems(const struct apply *a, const struct step *s, struct error *err)
{
	const struct cgroup *g = cgroups_find(a->now->cgroups, s->target);
	const struct nodeset *had = &a->now->topology->has_memory;
	struct nodeset lost = nodeset_minus(had, &s->nodes);
	int r = set_mems(a, s, err);

	if (r < 0 || !g || (g->has_cpuset && g->explicit) || !nodeset_intersects(&lost, &a->now->classes->device))
		return r;
	r = cgroup_set_mems(a->ctl, s->target, had, err);
	return r < 0 ? r : cgroup_set_mems(a->ctl, s->target, &s->nodes, err);
}

/* Fewer pages than asked for are no failure: a retry at once would not give more. The plan reports it as a problem. */
static int set_pool(struct apply *a, const struct step *s, struct error *err)
{
	const struct node_pool *pool = hugepages_pool(&a->now->hugepages, s->node, s->pool.page_size);
	struct saved_pool *saved = state_pool(a->state, s->node, s->pool.page_size);
	uint64_t got, had = pool ? pool->pages : 0;
	int r = hugepages_set(a->root, a->now->cgroups, s->node, s->pool.page_size, s->pool.pages, a->limit_ms, &got, err);

	if (r < 0)
		return r;
	/* A big pool is made in pieces. If there was no progress at all, a retry would not help. */
	if (r == 1 && got != had && got != s->pool.pages)
		return fail(err, -EAGAIN, "node %d: %llu of %llu huge pages so far", s->node, (unsigned long long)got,
			    (unsigned long long)s->pool.pages);
	if (saved) {
		saved->asked = s->pool.pages;
		saved->tried = true;
	}
	if (got != s->pool.pages)
		fail(err, -ENOMEM, "it has %llu now", (unsigned long long)got);
	return 0;
}

static int take_offline(struct apply *a, const struct step *s, struct error *err)
{
	_cleanup_free_ char *left = NULL, *what = NULL;
	int r = blocks_take_offline(a->root, a->now, s, a->limit_ms, err);

	if (r >= 0)
		return r;
	left = drain_left(a->root, a->now->topology, s->node);
	what = left ? strdup(error_text(err)) : NULL;
	return what ? fail(err, r, "%s; %s", what, left) : r;
}

static int run(struct apply *a, const struct step *s, struct error *err)
{
	switch (s->kind) {
	case STEP_AUTO_ONLINE:
		return set_auto_online(a, s, err);
	case STEP_CONTROLLER:
		return cgroup_enable_cpuset(a->ctl, s->target, err);
	case STEP_DISABLE:
		return cgroup_disable_cpuset(a->ctl, s->target, err);
	case STEP_CREATE:
		return cgroup_make(a->ctl, s->target, err);
	case STEP_REMOVE:
		return cgroup_remove(a->ctl, s->target, err);
	case STEP_FENCE:
	case STEP_PIN:
	case STEP_REVOKE:
		return set_first_mems(a, s, err);
	case STEP_WIDEN:
	case STEP_GRANT:
	case STEP_RESTORE:
		return set_mems(a, s, err);
	case STEP_MOVE:
		return cgroup_move_all(a->ctl, *s->target ? "" : CGROUP_V1_FENCE, s->target, err);
	case STEP_ONLINE:
		return blocks_bring_online(a->root, a->now, s, a->state, err);
	case STEP_HUGEPAGES:
		return set_pool(a, s, err);
	case STEP_DRAIN:
		return drain_node(a->root, a->now, s->node, a->limit_ms, err);
	case STEP_OFFLINE:
		return take_offline(a, s, err);
	case N_STEP_KINDS:
		break;
	}
	return -EINVAL;
}

/* Why a step must not be tried; NULL: it may. */
static const char *held_back(const struct apply *a, const struct step *s)
{
	if (s->kind == STEP_ONLINE && a->fence_failed)
		return "not onlined: a fence does not stand";
	if (a->offline_failed &&
	    (s->kind == STEP_RESTORE || s->kind == STEP_MOVE || s->kind == STEP_DISABLE || s->kind == STEP_AUTO_ONLINE))
		return "fences stay: a device node is still online";
	return NULL;
}

/* Notes what the steps after s must not rely on. */
static void note_failure(struct apply *a, const struct step *s)
{
	/* Without the CREATE of that cgroup, the FENCE and MOVE into it would only return STEP_GONE. */
	a->fence_failed |= (s->kind == STEP_CREATE && streq(s->target, CGROUP_V1_FENCE)) || s->kind == STEP_FENCE ||
			   s->kind == STEP_CONTROLLER || s->kind == STEP_REVOKE || s->kind == STEP_MOVE;
	a->offline_failed |= s->kind == STEP_OFFLINE;
}

static enum step_result carry_out(struct apply *a, const struct step *s, struct error *err)
{
	const char *why = held_back(a, s);
	int r;

	if (why) {
		fail(err, -ECANCELED, "%s", why);
		return STEP_SKIPPED;
	}
	if (a->hooks->may && !a->hooks->may(a->hooks->arg, s)) {
		note_failure(a, s);
		return STEP_DEFERRED;
	}
	r = run(a, s, err);
	if (r >= 0)
		return STEP_DONE;
	if ((r == -ENOENT || r == -ENODEV) && s->kind != STEP_CREATE && s->kind != STEP_AUTO_ONLINE)
		return STEP_GONE;
	if (r == -ENXIO && s->kind == STEP_GRANT) /* the node is gone; for a fence this is a failure */
		return STEP_GONE;
	note_failure(a, s);
	return STEP_FAILED;
}

void apply_plan(struct plan *plan, const struct snapshot *snapshot, struct state *state, struct cgroup_ctl *ctl,
		const struct root *root, unsigned limit_ms, const struct step_hooks *hooks, struct apply_result *ret)
{
	struct apply a = { snapshot, state, ctl, root, hooks, limit_ms, false, false };

	*ret = (struct apply_result){ 0 };
	for (size_t i = 0; i < plan->n; i++) {
		_cleanup_error_ struct error err = ERROR_NONE;
		struct step *s = &plan->steps[i];
		enum step_result result;

		cgroup_forget_note(ctl);
		result = s->result = carry_out(&a, s, &err);
		ret->done += result == STEP_DONE || result == STEP_GONE;
		ret->failed += result == STEP_FAILED || (result == STEP_DEFERRED && step_fences(s));
		ret->skipped += result == STEP_SKIPPED;
		ret->deferred += result == STEP_DEFERRED && !step_fences(s);
		if (hooks->fn)
			hooks->fn(hooks->arg, s, result, err.code ? error_text(&err) : ctl->note);
	}
	ret->fence_failed = a.fence_failed;
}

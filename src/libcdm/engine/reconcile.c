/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reconciles: takes the lock, loads the state, reads a snapshot, makes the plan, applies it, saves the state. */

#include "apply.h"
#include "libcdm/cgroup/cgroup.h"

#include "basic/strutil.h"
#include "libcdm/cgroup/cgroup-leaf.h"
#include "libcdm/setup/dropin.h"

#include <errno.h>

static int remember_cgroup(const struct step *s, const struct cgroup *g, struct state *state)
{
	bool lists = g && step_sets_mems(s->kind);
	struct saved_cgroup *c;
	int r = 0;

	if (!lists && s->kind != STEP_CREATE && s->kind != STEP_CONTROLLER)
		return 0;
	if (lists)
		r = state_remember_mems(state, g);
	if (r >= 0)
		r = state_remember(state, s->target, g ? g->inode : 0, &c);
	if (r < 0)
		return r;
	c->created |= s->kind == STEP_CREATE;
	c->enabled |= s->kind == STEP_CONTROLLER;
	c->migrating |= lists && s->migrate == MIGRATE_ON;
	return 0;
}

/* Records, before anything changes, the values that the plan will change. */
static int remember(const struct plan *plan, const struct snapshot *now, struct state *state)
{
	int r = 0;

	for (size_t i = 0; i < plan->n && r >= 0; i++) {
		const struct step *s = &plan->steps[i];

		if (s->kind == STEP_HUGEPAGES) {
			const struct node_pool *pool = hugepages_pool(&now->hugepages, s->node, s->pool.page_size);

			r = state_remember_pool(state, s->node, s->pool.page_size, pool ? pool->pages : 0);
		} else if (s->kind == STEP_AUTO_ONLINE && !state->auto_online) {
			state->auto_online = strdup(now->topology->auto_online);
			r = state->auto_online ? 0 : -ENOMEM;
		} else {
			r = remember_cgroup(s, cgroups_find(now->cgroups, s->target), state);
		}
	}
	return r;
}

static bool is_left_behind(const struct cgroup *g)
{
	return leaf_is_ours(g->path) && !g->populated;
}

static bool is_unsettled(const struct snapshot *now, const struct config *config)
{
	const struct topology *t = now->topology;

	for (size_t i = 0; i < t->n_blocks; i++)
		if (t->blocks[i].node < 0)
			return true;
	/*
	 * The root of v1 has the nodes that can be listed; on 6.1 they appear there later, too
	 * (cpuset_hotplug_workfn()).
	 */
	if (now->cgroups->world == WORLD_V1 && !nodeset_subset(&t->has_memory, &now->cgroups->v[0].mems))
		return true;
	for (size_t i = 0; i < now->cgroups->n; i++) {
		const struct cgroup *g = &now->cgroups->v[i];
		struct nodeset there = nodeset_and(&g->mems, &t->has_memory);

		if (g->explicit && config_granted(config, g->path) && !strchr(g->path, '/') &&
		    !nodeset_subset(&there, &g->effective))
			return true;
	}
	return false;
}

/* A user can make cgroups with names of leaves and keep them, so they are not a reason to call the state unsettled. */
static bool is_untidy(const struct cgroups *cgroups)
{
	for (size_t i = 0; i < cgroups->n; i++)
		if (is_left_behind(&cgroups->v[i]))
			return true;
	return false;
}

/*
 * Removes leaves of programs that have ended; a leaf whose program was not reaped yet stays until the next reconcile.
 */
static void prune(const struct snapshot *now, struct cgroup_ctl *ctl)
{
	for (size_t i = 0; i < now->cgroups->n; i++) {
		const struct cgroup *g = &now->cgroups->v[i];
		const char *slash = strrchr(g->path, '/');
		_cleanup_free_ char *group =
			is_left_behind(g) ? strndup(g->path, slash ? (size_t)(slash - g->path) : 0) : NULL;

		if (group)
			cgroup_prune_leaves(ctl, group);
	}
}

/* In a container the host decides: the plan only reports what the container may use. */
static int plan_contained(const struct snapshot *now, struct plan **ret, struct error *err)
{
	_cleanup_plan_ struct plan *plan = calloc(1, sizeof(*plan));
	_cleanup_error_ struct error why = ERROR_NONE;
	struct nodeset usable = now->cgroups->v[0].effective, devices = nodeset_and(&usable, &now->classes->device);

	(void)cgroups_refuse_container(now->cgroups, &why);
	if (!plan || strv_addf(&plan->problems, "%s; it may use nodes %s, device nodes among them: %s", error_text(&why),
			       NODESET_STR(&usable), nodeset_empty(&devices) ? "none" : NODESET_STR(&devices)) < 0)
		return fail(err, -ENOMEM, "%m");
	*ret = TAKE_PTR(plan);
	return 0;
}

/*
 * A cgroup that is fenced by a drop-in of ours had no list before, whatever its cpuset.mems says now: teardown relies
 * on that.
 */
static int remember_dropins(const struct cgroups *cgroups, struct state *state)
{
	for (size_t i = 0; i < cgroups->n; i++) {
		struct cgroup without = { .path = cgroups->v[i].path, .inode = cgroups->v[i].inode };
		int r = cgroups->v[i].from_dropin ? state_remember_mems(state, &without) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

/* Takes over `g`. */
static int look(const struct reconcile *r, struct state *state, struct cgroups *g, struct reconciled *ret, struct error *err)
{
	int e = snapshot_read(r->root, r->config, state, g, &ret->now, err);

	if (e >= 0 && ret->now->cgroups->contained)
		return plan_contained(ret->now, &ret->plan, err);
	if (e >= 0)
		state_observe_cgroups(state, r->root, ret->now->cgroups);
	if (e >= 0 && remember_dropins(ret->now->cgroups, state) < 0)
		e = fail(err, -ENOMEM, "%m");
	if (e >= 0)
		e = request_enter(&r->request, ret->now, r->config, state, err);
	if (e < 0)
		return e;
	e = r->mode == RECONCILE_TEARDOWN ? plan_teardown(ret->now, state, &ret->plan) :
					    plan_make(ret->now, r->config, state, &ret->plan);
	if (e >= 0 && r->mode != RECONCILE_TEARDOWN && ret->now->cgroups->world == WORLD_V2_SYSTEMD)
		e = dropins_check(r->root, &ret->now->topology->possible, &ret->plan->problems);
	if (e >= 0 && state->damage)
		e = strv_addf(&ret->plan->problems, "%s: %s", state->damage,
			      state->lost ? "the former values are not known any more; the fences stay, and a teardown leaves "
					    "those that exist" :
					    "it is written again from memory");
	if (e < 0)
		return fail(err, e, "planning: %m");
	if (r->mode == RECONCILE_FENCE)
		plan_keep_fences(ret->plan);
	ret->unsettled = is_unsettled(ret->now, r->config);
	ret->untidy = is_untidy(ret->now->cgroups);
	return 0;
}

/* A state that could not be saved is reported as a problem, but never prevents a fence. */
static void save(const struct reconcile *r, struct state *state, struct strv *problems)
{
	_cleanup_error_ struct error err = ERROR_NONE;

	state->unsaved = state_save(r->root, state, &err) < 0;
	if (state->unsaved)
		(void)strv_addf(problems, "%s: a teardown may not restore all former values", error_text(&err));
}

/* Not for a teardown, which must leave no memo. */
static void save_memo(const struct reconcile *r, const struct cgroups *g, const struct state *state, struct strv *problems)
{
	_cleanup_error_ struct error err = ERROR_NONE;

	if (r->mode != RECONCILE_TEARDOWN && state_write_memo(r->root, g->mount, state, &err) < 0)
		(void)strv_addf(problems, "%s: should /" STATE_FILE " be lost, some fences may be, too", error_text(&err));
}

static void set_aside(const struct reconcile *r, struct state *state, struct strv *problems)
{
	_cleanup_error_ struct error err = ERROR_NONE;

	if (state->damage && state_set_aside(r->root, &err) < 0)
		(void)strv_addf(problems, "%s", error_text(&err));
	free(state->damage);
	state->damage = NULL;
}

static int act(const struct reconcile *r, struct state *state, struct reconciled *done, struct error *err)
{
	_cleanup_cgroup_ctl_ struct cgroup_ctl *ctl = NULL;
	struct strv *problems = &done->plan->problems;
	int e = cgroup_ctl_new(r->root, done->now->cgroups, &ctl, err);

	if (e < 0)
		return e;
	e = r->mode == RECONCILE_TEARDOWN ? 0 : remember(done->plan, done->now, state);
	if (e < 0)
		return fail(err, e, "%m");
	save_memo(r, done->now->cgroups, state, problems);
	save(r, state, problems);
	apply_plan(done->plan, done->now, state, ctl, r->root, r->limit_ms ? r->limit_ms : REMOVAL_LIMIT_MS, &r->hooks,
		   &done->steps);
	/* Tried once: the administrator asks again for what failed; it is not repeated at every event. */
	if (r->mode == RECONCILE_ALL)
		state->draining = state->offlining = NODESET_EMPTY;
	prune(done->now, ctl);
	if (r->mode == RECONCILE_TEARDOWN && done->steps.failed + done->steps.skipped == 0)
		return state_forget(r->root, done->now->cgroups->mount, state, err);
	if (done->steps.fence_failed)
		state_tell_open(r->root);
	else if (r->mode != RECONCILE_TEARDOWN)
		state_tell_fenced(r->root);
	if (done->steps.done + done->steps.failed + done->steps.skipped)
		save(r, state, problems);
	return 0;
}

/* Whether a state was kept in this boot and no teardown has ended it. */
static bool has_memo(const struct root *root, const struct cgroups *g)
{
	struct memo memo = { 0 };
	bool has = cgroups_require(g, NULL) >= 0 && state_read_memo(root, g->mount, &memo) >= 0;

	free(memo.auto_online);
	return has;
}

static int load(const struct reconcile *r, const struct cgroups *g, struct state **ret, struct error *err)
{
	_cleanup_state_ struct state *state = NULL;
	struct state *kept = r->kept ? *r->kept : NULL;
	int e;

	if (kept && kept->unsaved) {
		*ret = TAKE_PTR(*r->kept);
		return 0;
	}
	e = state_load(r->root, &state, err);
	if (e < 0)
		return e;
	if (state->first && kept && has_memo(r->root, g)) {
		kept->damage = state->damage ? TAKE_PTR(state->damage) : strdup("/" STATE_FILE " has gone");
		*ret = TAKE_PTR(*r->kept);
		return 0;
	}
	*ret = TAKE_PTR(state);
	return 0;
}

/* If the hierarchy cannot be read, the look reports that. */
int reconcile_refuse_container(const struct root *root, struct error *err)
{
	_cleanup_cgroups_ struct cgroups *g = NULL;

	return cgroups_open(root, &g, NULL) < 0 ? 0 : cgroups_refuse_container(g, err);
}

/* Checks for a container before taking the lock, since everything else would fail there with a misleading message. */
static int open_and_lock(const struct reconcile *r, struct cgroups **ret, struct error *err)
{
	_cleanup_cgroups_ struct cgroups *g = NULL;
	int e = cgroups_open(r->root, &g, err);

	if (e >= 0 && !r->kept)
		e = cgroups_refuse_container(g, err);
	if (e >= 0)
		e = state_lock(r->root, err);
	if (e >= 0)
		*ret = TAKE_PTR(g);
	return e;
}

int reconcile(const struct reconcile *r, struct reconciled *ret, struct error *err)
{
	_cleanup_cgroups_ struct cgroups *g = NULL;
	_cleanup_close_ int lock = open_and_lock(r, &g, err);
	_cleanup_state_ struct state *state = NULL;
	_cleanup_reconciled_ struct reconciled done = RECONCILED_NONE;
	int e;

	if (lock < 0)
		return lock;
	e = load(r, g, &state, err);
	if (e < 0)
		return e;
	e = look(r, state, TAKE_PTR(g), &done, err);
	if (e >= 0) {
		set_aside(r, state, &done.plan->problems);
		e = act(r, state, &done, err);
	}
	if (r->kept && (e >= 0 || state->unsaved)) {
		state_free(*r->kept);
		*r->kept = TAKE_PTR(state);
	}
	if (e < 0)
		return e;
	*ret = TAKE(done, RECONCILED_NONE);
	return 0;
}

int reconcile_preview(const struct reconcile *r, struct reconciled *ret, struct error *err)
{
	_cleanup_state_ struct state *state = NULL;
	_cleanup_cgroups_ struct cgroups *g = NULL;
	_cleanup_reconciled_ struct reconciled seen = RECONCILED_NONE;
	int e = state_load(r->root, &state, err);

	if (e >= 0)
		e = cgroups_open(r->root, &g, err);
	if (e < 0)
		return e;
	e = look(r, state, TAKE_PTR(g), &seen, err);
	if (e < 0)
		return e;
	*ret = TAKE(seen, RECONCILED_NONE);
	return 0;
}

void reconciled_free(struct reconciled *r)
{
	plan_free(r->plan);
	snapshot_free(r->now);
	*r = RECONCILED_NONE;
}

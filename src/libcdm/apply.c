/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Carrying a plan out. */

#include "apply.h"

#include "basic/strutil.h"

#include <errno.h>

struct apply {
	const struct snapshot *now;
	struct state *state;
	struct cgroup_ctl *ctl;
	const struct root *root;
	bool fence_failed; /* then nothing may come online */
	bool drain_failed; /* then no fence may be lifted */
};

static int set_auto_online(const struct apply *a, const struct step *s, struct error *err)
{
	int r = root_write(a->root, s->value, "sys/devices/system/memory/auto_online_blocks");

	return r < 0 ? fail(err, r, "auto_online_blocks: writing \"%s\": %m", s->value) : 0;
}

/* Whether sysfs still has the block: one that went with its device is no failure. */
static bool block_is_there(const struct apply *a, const struct block *b)
{
	return root_exists(a->root, "sys/devices/system/memory/memory%llu", (unsigned long long)b->id);
}

static int write_block(const struct apply *a, const struct block *b, const char *value)
{
	int r = root_write(a->root, value, "sys/devices/system/memory/memory%llu/state", (unsigned long long)b->id);

	return r < 0 && !block_is_there(a, b) ? -ENOENT : r;
}

/*
 * The node's blocks that are to come online, or of those that we onlined to go offline again. One line names the first
 * that refused and how many did.
 */
static int write_blocks(struct apply *a, const struct step *s, bool online, struct error *err)
{
	const struct topology *t = a->now->topology;
	unsigned tried = 0, refused = 0;
	uint64_t first_refused = 0;
	int why = 0;

	for (size_t i = 0; i < t->n_blocks; i++) {
		const struct block *b = &t->blocks[i];
		int r;

		if (online ? !plan_wants_online(b, s->node, a->state) :
			     b->node != s->node || b->state != BLOCK_ONLINE || !idset_has(&a->state->onlined, b->id))
			continue;
		tried++;
		r = write_block(a, b, s->value);
		if (r >= 0 && online)
			/* Out of memory here costs no more than an offline that teardown leaves out. */
			(void)(idset_add(&a->state->onlined, b->id) + idset_add(&a->state->settled, b->id));
		if (r >= 0 || r == -ENOENT)
			continue;
		if (refused++ == 0) {
			first_refused = b->id;
			why = r;
		}
	}
	if (refused == 0)
		return 0;
	return fail(err, why, "node %d: %u of %u memory blocks refused \"%s\", first memory%llu: %m", s->node, refused,
		    tried, s->value, (unsigned long long)first_refused);
}

/*
 * Shrinking moves pages away from the nodes that a cgroup had, but only the kernel's own note of them counts
 * (cpuset_migrate_mm() from old_mems_allowed), and it takes none while a cgroup has no list of its own: pages that are
 * on a device node already would stay. So a first fence with device memory online is made, opened to what the cgroup
 * had until now, and made again; each is a change of effective mems, as update_nodemasks_hier() skips what is none.
 */
static int fence(const struct apply *a, const struct step *s, struct error *err)
{
	const struct cgroup *g = cgroups_find(a->now->cgroups, s->target);
	const struct nodeset *had = &a->now->topology->has_memory;
	int r = cgroup_set_mems(a->ctl, s->target, &s->nodes, err);

	if (r < 0 || !g || (g->has_cpuset && g->explicit) || !nodeset_intersects(had, &a->now->classes->device))
		return r;
	r = cgroup_set_mems(a->ctl, s->target, had, err);
	return r < 0 ? r : cgroup_set_mems(a->ctl, s->target, &s->nodes, err);
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
		return fence(a, s, err);
	case STEP_REVOKE:
	case STEP_GRANT:
	case STEP_RESTORE:
		return cgroup_set_mems(a->ctl, s->target, &s->nodes, err);
	case STEP_ONLINE:
		return write_blocks(a, s, true, err);
	case STEP_DRAIN:
		return write_blocks(a, s, false, err);
	case N_STEP_KINDS:
		break;
	}
	return -EINVAL;
}

/* Why a step is not even tried, or NULL. */
static const char *held_back(const struct apply *a, const struct step *s)
{
	if (s->kind == STEP_ONLINE && a->fence_failed)
		return "not onlined: a fence does not stand";
	if (a->drain_failed && (s->kind == STEP_RESTORE || s->kind == STEP_DISABLE || s->kind == STEP_AUTO_ONLINE))
		return "fences stay: a device node is still online";
	return NULL;
}

static enum step_result carry_out(struct apply *a, const struct step *s, struct error *err)
{
	const char *why = held_back(a, s);
	int r;

	if (why) {
		fail(err, -ECANCELED, "%s", why);
		return STEP_SKIPPED;
	}
	r = run(a, s, err);
	if (r >= 0)
		return STEP_DONE;
	if ((r == -ENOENT || r == -ENODEV) && s->kind != STEP_CREATE && s->kind != STEP_AUTO_ONLINE)
		return STEP_GONE;
	a->fence_failed |= s->kind == STEP_FENCE || s->kind == STEP_CONTROLLER || s->kind == STEP_REVOKE;
	a->drain_failed |= s->kind == STEP_DRAIN;
	return STEP_FAILED;
}

void apply_plan(const struct plan *plan, const struct snapshot *snapshot, struct state *state, struct cgroup_ctl *ctl,
		const struct root *root, step_fn fn, void *arg, struct apply_result *ret)
{
	struct apply a = { snapshot, state, ctl, root, false, false };

	*ret = (struct apply_result){ 0 };
	for (size_t i = 0; i < plan->n; i++) {
		_cleanup_error_ struct error err = ERROR_NONE;
		enum step_result result = carry_out(&a, &plan->steps[i], &err);

		ret->done += result == STEP_DONE || result == STEP_GONE;
		ret->failed += result == STEP_FAILED;
		ret->skipped += result == STEP_SKIPPED;
		if (fn)
			fn(arg, &plan->steps[i], result, err.code ? error_text(&err) : NULL);
	}
}

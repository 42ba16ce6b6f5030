/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The planner against a model: random worlds, a kernel that carries the steps out, and laws about what comes of it. The
 * laws know nothing of how a plan is made. Each world follows from one number:
 *
 *	plan-model [COUNT [FIRST]]	worlds FIRST, FIRST+1, ...; one world alone prints what happens in it
 */

#include "model-laws.h"

#include "libcdm/plan/plan.h"

#define COUNT 3000
#define ROUNDS 5

/* Carrying out -------------------------------------------------------------------------------------------------------- */

static int set_blocks(struct world *w, const struct step *s, bool online)
{
	for (unsigned b = 0; b < N_BLOCKS; b++) {
		uint64_t id = 32 * (unsigned)s->node + b;

		if (!idset_has(&s->blocks, id))
			continue;
		kernel_set_block(&w->k, s->node, b, online);
		if (online && (idset_add(&w->state.onlined, id) < 0 || idset_add(&w->state.was_online, id) < 0))
			abort();
	}
	return 0;
}

static int run(struct world *w, const struct step *s)
{
	int i = s->node < 0 && s->kind != STEP_AUTO_ONLINE ? path_index(s->target) : 0;

	if (i < 0)
		return -ENOENT;
	switch (s->kind) {
	case STEP_AUTO_ONLINE:
		w->auto_online = streq(s->auto_online, "offline") ? "offline" : "online";
		return 0;
	case STEP_CONTROLLER:
		return kernel_enable(&w->k, i);
	case STEP_DISABLE:
		return kernel_disable(&w->k, i);
	case STEP_CREATE:
		return kernel_make(&w->k, i);
	case STEP_REMOVE:
		return kernel_remove(&w->k, i);
	case STEP_MOVE:
		if (i > 0 && !w->k.g[i].mems)
			return -ENOSPC;
		w->k.strays = i > 0 ? 0 : 1;
		w->k.g[i].empty = 0;
		return 0;
	case STEP_ONLINE:
		return set_blocks(w, s, true);
	case STEP_OFFLINE:
		return set_blocks(w, s, false);
	case STEP_DRAIN:
	case STEP_HUGEPAGES:
		return 0;
	default:
		return kernel_write_mems(&w->k, i, to_mask(&s->nodes));
	}
}

static void say_step(const struct step *s, int r)
{
	const char *value = STEP_VALUE(s);

	printf("#   %s /%s %s%s%s%s%s\n", step_kind_name(s->kind), s->target, NODESET_STR(&s->nodes), value ? " " : "",
	       value ? value : "", r < 0 ? ": " : "", r < 0 ? strerror(-r) : "");
}

/*
 * After a fence step that failed, the engine brings nothing online. Beside exclusive lists of v1, a grant
 * may fail for the moment, and a teardown leave a list as it is.
 */
static bool fence_failed;

static void run_step(struct world *w, const struct step *s, bool fences)
{
	const bool exclusive = w->k.g[0].exclusive;
	unsigned before[N_CGROUPS];
	int r;

	if (s->kind == STEP_ONLINE && fence_failed)
		return;

	if (s->kind == STEP_DRAIN)
		check_drain(w, s->node);
	for (int i = 0; i < (int)N_CGROUPS; i++)
		before[i] = exposed(w, i);
	r = run(w, s);
	if (trace)
		say_step(s, r);
	fence_failed |= r < 0 && step_fences(s);
	if (r < 0 && !(fences ? exclusive && s->kind == STEP_GRANT : exclusive || odd))
		breaks(LAW_TAKEN, "%s /%s: %s", step_kind_name(s->kind), s->target, strerror(-r));
	if (!fences)
		return;
	if (step_sets_mems(s->kind) && !(to_mask(&s->nodes) & system_nodes(w)))
		breaks(LAW_SYSTEM, "/%s: %s", s->target, NODESET_STR(&s->nodes));
	for (int i = 0; i < (int)N_CGROUPS; i++) {
		unsigned now = exposed(w, i);

		if (now & ~before[i])
			breaks(LAW_OPENS, "/%s got node %s by %s /%s", paths[i], MASK_STR(now), step_kind_name(s->kind),
			       s->target);
		if (s->kind == STEP_ONLINE && (now & (1U << s->node)))
			breaks(LAW_BEHIND, "/%s has node %d", paths[i], s->node);
	}
}

/* What the engine remembers before it carries a plan out. */
static void remember(struct world *w, const struct plan *plan, const struct cgroups *now)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *s = &plan->steps[i];
		const struct cgroup *g = s->node < 0 ? cgroups_find(now, s->target) : NULL;
		bool lists = g && step_sets_mems(s->kind);
		struct saved_cgroup *c;

		if (s->kind == STEP_AUTO_ONLINE && !w->state.auto_online)
			w->state.auto_online = strdup(w->auto_online);
		if (!lists && s->kind != STEP_CREATE && s->kind != STEP_CONTROLLER)
			continue;
		if ((lists && state_remember_mems(&w->state, g) < 0) ||
		    state_remember(&w->state, s->target, g ? g->inode : 0, &c) < 0)
			abort();
		c->created |= s->kind == STEP_CREATE;
		c->enabled |= s->kind == STEP_CONTROLLER;
	}
}

enum mode {
	MODE_ALL,
	MODE_FENCE,
	MODE_KILLED, /* after some of the steps */
	MODE_TEARDOWN,
};

/* Returns the number of steps. */
static size_t round_of(struct world *w, enum mode mode)
{
	static const char *const names[] = { "all", "fence", "killed", "teardown" };
	_cleanup_plan_ struct plan *plan = NULL;
	_cleanup_classification_ struct classification *classes = NULL;
	struct view v;
	size_t n;

	view_make(w, &v);
	if (state_observe(&w->state, &v.topology) < 0 || classify(&v.topology, w->config, &w->state.known, &classes) < 0)
		abort();
	v.now.classes = classes;
	v.now.withdrawn = w->state.withdrawn;
	check_classes(w, &v);
	if ((mode == MODE_TEARDOWN ? plan_teardown(&v.now, &w->state, &plan) :
				     plan_make(&v.now, w->config, &w->state, &plan)) < 0)
		abort();
	if (mode == MODE_FENCE)
		plan_keep_fences(plan);
	n = mode == MODE_KILLED ? draw((unsigned)plan->n + 1) : plan->n;
	if (trace)
		printf("# round: %s\n", names[mode]);
	for (size_t i = 0; i < plan->problems.n; i++) {
		lawless |= strstr(plan->problems.s[i], "cannot be given a list") != NULL;
		if (trace)
			printf("#   problem: %s\n", plan->problems.s[i]);
	}
	remember(w, plan, &v.cgroups);
	fence_failed = false;
	for (size_t i = 0; i < n; i++)
		run_step(w, &plan->steps[i], mode != MODE_TEARDOWN);
	if (mode == MODE_ALL)
		w->state.draining = w->state.offlining = NODESET_EMPTY;
	w->state.asked = NODESET_EMPTY;
	for (int i = 0; i < (int)N_CGROUPS; i++)
		w->k.g[i].empty -= w->k.g[i].empty > 0;
	return n;
}

static void live(struct world *w)
{
	const struct kernel before = w->k;
	size_t left = 1;

	if (chance(30))
		round_of(w, MODE_KILLED);
	if (chance(30)) {
		round_of(w, MODE_FENCE);
		check_fences(w, LAW_FENCED);
	}
	for (int i = 0; i < ROUNDS && left > 0; i++) {
		left = round_of(w, MODE_ALL);
		check_fences(w, LAW_FENCED);
	}
	if (left > 0)
		breaks(LAW_SETTLES, "%zu steps", left);
	check_arrival(w);
	check_grants(w, &before);
	check_kept(w, &before);
	round_of(w, MODE_TEARDOWN);
	check_back(w, &before);
}

static unsigned run_world(uint64_t seed)
{
	struct world w;

	broken = 0;
	lawless = false;
	world_make(&w, seed);
	odd = is_odd(&w);
	if (trace)
		world_print(&w);
	live(&w);
	world_free(&w);
	return broken;
}

int main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : COUNT, first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	uint64_t bad[N_LAWS] = { 0 }, shown[N_LAWS] = { 0 };
	bool failed = false;

	for (uint64_t seed = first; seed < first + n; seed++) {
		unsigned now;

		trace = n == 1;
		now = run_world(seed);
		for (int i = 0; i < N_LAWS; i++) {
			bad[i] += (now >> i) & 1;
			if (((now >> i) & 1) && !shown[i])
				shown[i] = seed;
		}
	}
	for (int i = 0; i < N_LAWS; i++) {
		failed |= bad[i] > 0;
		if (bad[i])
			printf("# in %llu of %llu worlds from %llu; the first: plan-model 1 %llu\n",
			       (unsigned long long)bad[i], (unsigned long long)n, (unsigned long long)first,
			       (unsigned long long)shown[i]);
		printf("%sok %d - %s\n", bad[i] ? "not " : "", i + 1, laws[i]);
	}
	printf("1..%d\n", N_LAWS);
	return failed;
}

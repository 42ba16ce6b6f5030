/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The launch plan: which program, group, nodes, rules and mode; all of it is decided before the first side effect. */

#include "launch-plan-internal.h"
#include "program.h"

#include "basic/strutil.h"

#include <errno.h>

#define DEFAULT_GROUP "cdm.slice"
#define DEFAULT_PROFILE "default"
#define PRELOAD_LIBRARY LIBDIR "/cdm/libcdm-preload.so"

static void lookup_free(struct lookup *l)
{
	profile_free(&l->profile);
	cgroups_free(l->cgroups);
	classification_free(l->classes);
	topology_free(l->topology);
	state_free(l->state);
	config_free(l->config);
}

/* Rules and defaults: the user's, then the profile's --------------------------------------------------------------- */

static int take_profile(const struct options *o, struct lookup *look, struct launch *l, struct error *err)
{
	const char *name = o->profile ? o->profile : o->rules.n ? NULL : DEFAULT_PROFILE;
	int r = name ? profile_load(name, &look->profile, err) : 0;

	if (r < 0)
		return r;
	/* The first match wins, so rules of the command line precede the profile's. */
	for (size_t i = 0; i < o->rules.n; i++) {
		r = rules_append(&l->rules, &o->rules.v[i], err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < look->profile.rules.n; i++) {
		r = rules_append(&l->rules, &look->profile.rules.v[i], err);
		if (r < 0)
			return r;
	}
	l->rules_from = strdup(name ? name : "--allow");
	l->place.targets[0].policy = o->has_policy            ? o->policy :
				     look->profile.has_policy ? look->profile.policy :
								POLICY_PREFER;
	l->group = strdup(o->group ? o->group : look->profile.group ? look->profile.group : DEFAULT_GROUP);
	return l->rules_from && l->group ? 0 : fail(err, -ENOMEM, "%m");
}

/* Refuses what cannot be strict before anything is done. */
static int check_strict(const struct launch *l, struct error *err)
{
	for (unsigned i = 0; i < l->place.n_rules; i++) {
		const struct rule *rule = &l->rules.v[i];
		_cleanup_free_ char *text = rule_text(rule);

		if (!rule->asks.allow || !target_is_strict(rule_target(&l->place, i)))
			continue;
		if (l->attach && !l->move)
			return fail(err, -EINVAL,
				    "rule '%s': a strict rule needs the memory of process %d on the device: add --move, or go "
				    "without --strict",
				    text ? text : "", l->attach);
		if (!l->attach && rule->asks.kind == PLACEMENT_DATA)
			return fail(err, -EINVAL,
				    "rule '%s': variables cannot be strict, since they exist before anything could be refused: "
				    "give the rule policy=prefer",
				    text ? text : "");
	}
	return 0;
}

/* Kernel and program ----------------------------------------------------------------------------------------------- */

static int find_preload(struct launch *l, struct error *err)
{
	/*
	 * For developers: the library of a build tree. This needs no privilege: the caller can preload anything anyway.
	 */
	const char *path = getenv("CDM_PRELOAD");

	if (l->mode == MODE_TRACE)
		return 0;
	l->preload = strdup(path && *path ? path : PRELOAD_LIBRARY);
	if (!l->preload)
		return fail(err, -ENOMEM, "%m");
	if (l->preload[strcspn(l->preload, ": ")])
		return fail(err, -EINVAL, "%s: LD_PRELOAD cannot carry a path with a space or a colon", l->preload);
	if (access(l->preload, R_OK) < 0)
		return fail(err, -errno, "preload library %s: %m", l->preload);
	return 0;
}

static int plan_program(const struct options *o, struct launch *l, int *ret_status, struct error *err)
{
	enum program_kind kind = PROGRAM_DYNAMIC;
	int r = program_find(o->command[0], &l->program, ret_status, err);

	if (r >= 0)
		r = program_check(l->program, &kind, err);
	if (r >= 0)
		r = launch_choose_mode(o->mode, kind, &l->rules, l->program, &l->mode, err);
	return r < 0 ? r : find_preload(l, err);
}

static int look_up(const struct options *o, const struct root *root, struct lookup *look, struct error *err)
{
	int r = config_load(o->config_file, -1, &look->config, err);

	if (r >= 0)
		r = state_load(root, &look->state, err);
	if (r >= 0)
		r = cgroups_open(root, &look->cgroups, err);
	if (r >= 0)
		r = state_recover(root, look->config, look->cgroups, look->state, err);
	if (r >= 0)
		r = nodes_read(root, look->config, look->state, true, &look->topology, &look->classes, err);
	if (r >= 0)
		r = classification_check(look->classes, err);
	return r < 0 ? r : cgroups_require(look->cgroups, err);
}

/* --explain only reads, so it works on every process whose memory the user may read. */
static int check_process(const struct options *o, const struct launch *l, const struct root *root, struct error *err)
{
	if (!o->report.explain)
		return launch_check_attach(l, root, err);
	return root_exists(root, "proc/%d", o->attach) ? 0 : fail(err, -ESRCH, "process %d: does not exist", o->attach);
}

int launch_plan(const struct options *o, struct launch *ret, struct cgroup_ctl **ret_ctl, const struct root *root,
		int *ret_status, struct error *err)
{
	_cleanup_launch_ struct launch l = {
		.command = o->command,
		.attach = o->attach,
		.move = o->move,
		.report = o->report,
		.place = { .dont_fork = o->dont_fork, .no_inherit = o->no_inherit },
	};
	_cleanup_cgroup_ctl_ struct cgroup_ctl *ctl = NULL;
	_cleanup_(lookup_free) struct lookup look = { 0 };
	uint64_t balancing = 0;
	int r;

	*ret_status = EXIT_LAUNCHER;
	r = look_up(o, root, &look, err);
	if (r >= 0)
		r = take_profile(o, &look, &l, err);
	if (r >= 0)
		r = o->attach ? check_process(o, &l, root, err) : plan_program(o, &l, ret_status, err);
	if (r >= 0)
		r = launch_plan_nodes(o, &look, &l, root, err);
	if (r >= 0 && !(o->attach && o->report.explain))
		r = check_strict(&l, err);
	if (r >= 0)
		r = launch_check_kernel(&l, root, err);
	if (r < 0)
		return r;
	l.balancing = root_read_u64(root, &balancing, "proc/sys/kernel/numa_balancing") >= 0 && balancing != 0;
	r = cgroup_ctl_new(root, look.cgroups, &ctl, err);
	if (r < 0)
		return r;
	*ret = TAKE(l, (struct launch){ 0 });
	*ret_ctl = TAKE_PTR(ctl);
	return 0;
}

void launch_free(struct launch *l)
{
	free(l->group);
	free(l->rules_from);
	free(l->preload);
	free(l->program);
	rules_free(&l->rules);
}

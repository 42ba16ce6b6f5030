/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The launch plan: which program, group, nodes, rules and mode; all of it is decided before the first side effect. */

#include "launch.h"
#include "program.h"

#include "basic/strutil.h"
#include "libcdm/snapshot/nodes.h"
#include "libcdm/kernel/mempolicy.h"
#include "libcdm/kernel/residency.h"

#include <errno.h>

#define DEFAULT_GROUP "cdm.slice"
#define DEFAULT_PROFILE "default"
#define PRELOAD_LIBRARY LIBDIR "/cdm/libcdm-preload.so"

/* All that was looked up on the way. */
struct lookup {
	struct config *config;
	struct state *state;
	struct topology *topology;
	struct classification *classes;
	struct cgroups *cgroups;
	struct profile profile;
};

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
	/* First match wins, so what was said on the command line stands before the profile's. */
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
	l->targets[0].policy = o->has_policy            ? o->policy :
			       look->profile.has_policy ? look->profile.policy :
							  POLICY_PREFER;
	l->group = strdup(o->group ? o->group : look->profile.group ? look->profile.group : DEFAULT_GROUP);
	return l->rules_from && l->group ? 0 : fail(err, -ENOMEM, "%m");
}

/* The group and its nodes ------------------------------------------------------------------------------------------ */

static int unknown_group(const struct lookup *look, const char *group, struct error *err)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	_cleanup_free_ char *list = NULL;

	for (size_t i = 0; i < look->config->n_groups; i++)
		(void)strv_add(&names, look->config->groups[i].pattern);
	list = strv_join(&names, ", ");
	return fail(err, -ENOENT,
		    "group %s: not a group of the configuration (%s): name one of these with --group, or add it", group,
		    list ? list : "");
}

/* In a container the kernel alone tells, of nodes, what is granted: it may be of any class. */
static uint64_t granted_to(const struct lookup *look, const char *group)
{
	return look->cgroups->contained ? UINT64_MAX : config_granted(look->config, group);
}

/* The nodes that a text means, all of them granted to the group. where: what says so, for messages. */
static int resolve_nodes(const struct lookup *look, const char *group, const char *where, const char *text,
			 struct nodeset *ret, struct error *err)
{
	uint64_t classes = granted_to(look, group);
	struct nodeset all = classify_grantable(look->classes, look->topology, classes), nodes, extra;
	int class = config_class(look->config, text);

	if (class >= 0) {
		if (!(classes & CLASS_BIT(class)))
			return fail(err, -EINVAL,
				    "%s: group %s is not granted this class: add it to the group in the configuration",
				    where, group);
		nodes = classify_grantable(look->classes, look->topology, CLASS_BIT(class));
	} else if (nodeset_parse(text, &nodes) < 0 || nodeset_empty(&nodes)) {
		return fail(err, -EINVAL, "%s: neither a list of nodes (\"1-2\") nor a class of the configuration", where);
	}
	extra = nodeset_minus(&nodes, &all);
	if (!nodeset_empty(&extra))
		return fail(err, -EINVAL,
			    "%s: node %s is no device node that group %s is granted (granted: %s); see `cdmadm nodes`",
			    where, NODESET_STR(&extra), group, nodeset_empty(&all) ? "none" : NODESET_STR(&all));
	*ret = nodes;
	return 0;
}

/* The target of the options. */
static int wanted_nodes(const struct options *o, const struct lookup *look, struct launch *l, struct error *err)
{
	const char *text = o->nodes ? o->nodes : look->profile.nodes;
	_cleanup_free_ char *where = NULL;

	l->n_targets = 1;
	if (!text) {
		l->targets[0].nodes = classify_grantable(look->classes, look->topology, granted_to(look, l->group));
		return 0;
	}
	if (asprintf(&where, "--nodes %s", text) < 0) {
		where = NULL;
		return fail(err, -ENOMEM, "%m");
	}
	return resolve_nodes(look, l->group, where, text, &l->targets[0].nodes, err);
}

static bool target_equal(const struct target *a, const struct target *b)
{
	return a->policy == b->policy && a->thp == b->thp && a->has_home == b->has_home && a->home == b->home &&
	       nodeset_equal(&a->nodes, &b->nodes);
}

/* A node can be tried first among those that are preferred or bound to (set_mempolicy_home_node(2)). */
static int check_home(const struct target *t, const char *where, struct error *err)
{
	if (t->policy != POLICY_PREFER && t->policy != POLICY_BIND)
		return fail(err, -EINVAL, "%s: \"home\" goes with prefer and bind, not with %s", where,
			    policy_name(t->policy));
	if (!nodeset_has(&t->nodes, t->home))
		return fail(err, -EINVAL, "%s: node %d is none of the rule's nodes (%s)", where, t->home,
			    NODESET_STR(&t->nodes));
	return 0;
}

static int add_target(struct launch *l, const struct target *t, unsigned *ret, struct error *err)
{
	for (unsigned i = 0; i < l->n_targets; i++)
		if (target_equal(&l->targets[i], t)) {
			*ret = i;
			return 0;
		}
	if (l->n_targets == TARGETS_MAX)
		return fail(err, -E2BIG, "the rules name more than %d different places (nodes and policy)", TARGETS_MAX);
	*ret = (unsigned)l->n_targets;
	l->targets[l->n_targets++] = *t;
	return 0;
}

/* A rule may have nodes and a policy of its own. */
static int target_rules(const struct lookup *look, struct launch *l, struct error *err)
{
	for (size_t i = 0; i < l->rules.n; i++) {
		const struct rule *rule = &l->rules.v[i];
		struct target t = l->targets[0];
		_cleanup_free_ char *text = rule_text(rule), *where = NULL;
		int r = 0;

		if (!text || asprintf(&where, "rule '%s'", text) < 0) {
			where = NULL;
			return fail(err, -ENOMEM, "%m");
		}
		if (rule->deny)
			continue;
		if (rule->has_policy)
			t.policy = rule->policy;
		t.thp = rule->thp;
		t.has_home = rule->has_home;
		t.home = rule->home;
		if (rule->nodes)
			r = resolve_nodes(look, l->group, where, rule->nodes, &t.nodes, err);
		if (r >= 0 && t.has_home)
			r = check_home(&t, where, err);
		if (r >= 0)
			r = add_target(l, &t, &l->rule_targets[i], err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < l->n_targets; i++)
		l->devices = nodeset_or(&l->devices, &l->targets[i].nodes);
	return 0;
}

/* Which of them are there, and let through by the group as the kernel has it now. */
static int present_nodes(const struct options *o, const struct lookup *look, struct launch *l, struct error *err)
{
	const struct cgroup *g = cgroups_find(look->cgroups, l->group);
	const struct nodeset *has_memory = &look->topology->has_memory;
	struct nodeset online = nodeset_and(&l->devices, has_memory), missing;

	if (!classification_has_devices(look->classes))
		return fail(err, -ENODEV,
			    "this machine has no device node, and none can come: every possible node (%s) has memory of the "
			    "system's; see `cdmadm nodes --explain`",
			    NODESET_STR(&look->topology->possible));
	if (!g)
		return fail(err, -ENODEV, "group %s: there is no such cgroup yet: start cdmd, or run `cdmadm apply`",
			    l->group);
	if (nodeset_empty(&online))
		return fail(err, -ENODEV,
			    "no device node is online for group %s (possible: %s): see `cdmadm nodes`, or --wait for one",
			    l->group, nodeset_empty(&l->devices) ? "none" : NODESET_STR(&l->devices));
	l->present = nodeset_and(&online, &g->effective);
	/* A node somebody asked for by number must be there; of "all the group's" those that are will do. */
	missing = nodeset_minus(o->nodes && config_class(look->config, o->nodes) < 0 ? &l->targets[0].nodes : &online,
				&l->present);
	if (nodeset_empty(&l->present) || (o->nodes && !nodeset_empty(&missing)))
		return fail(err, -ENODEV,
			    "node %s is not %s (cpuset.mems.effective of %s: %s): start cdmd, or run `cdmadm apply`",
			    NODESET_STR(&missing), nodeset_subset(&missing, has_memory) ? "granted to the group" : "online",
			    l->group, NODESET_STR(&g->effective));
	return 0;
}

/*
 * In a container the root of what is to be seen of cgroups is one that its host has put us in: what is granted there is
 * ours, and there is nowhere to go.
 */
static int stay_in_container(const struct options *o, const struct lookup *look, struct launch *l,
			     const struct root *root, struct error *err)
{
	struct nodeset mine, online;
	int r;

	if (o->group)
		return fail(err, -EINVAL,
			    "--group %s: this is a container, whose group its host has chosen: leave --group out",
			    o->group);
	r = process_nodes(root, o->attach, &mine);
	if (r < 0)
		return fail(err, r, "/proc/%s/status: Mems_allowed_list: %m", o->attach ? "PID" : "self");
	free(l->group);
	l->group = strdup("/");
	if (!l->group)
		return fail(err, -ENOMEM, "%m");
	l->inside = true;
	r = wanted_nodes(o, look, l, err);
	if (r >= 0)
		r = target_rules(look, l, err);
	if (r < 0)
		return r;
	online = nodeset_and(&l->devices, &look->topology->has_memory);
	l->present = nodeset_and(&online, &mine);
	l->mems = mine;
	if (!nodeset_empty(&l->present))
		return 0;
	return fail(err, -ENODEV,
		    "no device node is granted to this container (it may use nodes %s): grant them to its cgroup on the host, "
		    "cdm.json(5)",
		    NODESET_STR(&mine));
}

static int choose_nodes(const struct options *o, const struct lookup *look, struct launch *l, const struct root *root,
			struct error *err)
{
	_cleanup_free_ char *here = NULL;
	const struct cgroup *g;
	struct nodeset mine;
	bool inside;
	int r;

	l->system = look->classes->system;
	if (look->cgroups->contained)
		return stay_in_container(o, look, l, root, err);
	if (!cgroup_path_is_safe(l->group) || !config_granted(look->config, l->group))
		return unknown_group(look, l->group, err);
	r = cgroup_of_pid(root, look->cgroups, o->attach, &here, err);
	if (r < 0)
		return r;
	inside = cgroup_path_is_safe(here) && cgroup_is_below(here, l->group);
	r = cgroups_add(root, look->cgroups, inside ? here : l->group, err);
	if (r >= 0)
		r = wanted_nodes(o, look, l, err);
	if (r >= 0)
		r = target_rules(look, l, err);
	if (r >= 0)
		r = present_nodes(o, look, l, err);
	if (r < 0)
		return r;
	l->mems = nodeset_or(&l->system, &l->devices);
	l->mems = nodeset_and(&l->mems, &look->topology->possible);
	g = inside ? cgroups_find(look->cgroups, here) : NULL;
	mine = g ? g->effective : NODESET_EMPTY;
	l->inside = g && nodeset_subset(&l->present, &mine);
	return 0;
}

/* What cannot be strict is said before anything is done. */
static int check_strict(const struct launch *l, struct error *err)
{
	for (size_t i = 0; i < l->rules.n; i++) {
		const struct rule *rule = &l->rules.v[i];
		_cleanup_free_ char *text = rule_text(rule);

		if (rule->deny || l->targets[l->rule_targets[i]].policy != POLICY_BIND)
			continue;
		if (l->attach && !l->move)
			return fail(err, -EINVAL,
				    "rule '%s': strict is what process %d has only once it is on the device: add --move, or go "
				    "without --strict",
				    text ? text : "", l->attach);
		if (!l->attach && rule->kind == RULE_DATA)
			return fail(err, -EINVAL,
				    "rule '%s': variables cannot be strict, for they are there before anything could be refused: "
				    "give the rule policy=prefer",
				    text ? text : "");
	}
	return 0;
}

/* Kernel and program ----------------------------------------------------------------------------------------------- */

static int find_preload(struct launch *l, struct error *err)
{
	/*
	 * A build tree's library, for whoever develops this; no privilege is at stake, the caller could preload
	 * anything.
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
		r = state_recover(root, look->config, look->state, err);
	if (r >= 0)
		r = nodes_read(root, look->config, look->state, true, &look->topology, &look->classes, err);
	if (r >= 0)
		r = classification_check(look->classes, err);
	if (r >= 0)
		r = cgroups_open(root, &look->cgroups, err);
	return r;
}

/* What is only looked at may be anybody's whose memory may be read. */
static int check_process(const struct options *o, const struct launch *l, const struct root *root, struct error *err)
{
	if (!o->report.explain)
		return launch_check_attach(l, root, err);
	return root_exists(root, "proc/%d", o->attach) ? 0 : fail(err, -ESRCH, "process %d: there is none", o->attach);
}

int launch_plan(const struct options *o, struct launch *ret, struct cgroup_ctl **ret_ctl, const struct root *root,
		int *ret_status, struct error *err)
{
	_cleanup_launch_ struct launch l = {
		.command = o->command,
		.attach = o->attach,
		.move = o->move,
		.report = o->report,
		.dont_fork = o->dont_fork,
		.no_inherit = o->no_inherit,
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
		r = choose_nodes(o, &look, &l, root, err);
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

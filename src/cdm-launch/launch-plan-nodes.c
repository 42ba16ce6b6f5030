/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The launch plan: the group, and the nodes of it that each rule uses. */

#include "launch-plan-internal.h"

#include "basic/strutil.h"
#include "libcdm/kernel/residency.h"
#include "libcdm/snapshot/grant.h"

#include <errno.h>

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

/* In a container only the kernel says which nodes are granted; they may be of any class. */
static uint64_t granted_to(const struct lookup *look, const char *group)
{
	return look->cgroups->contained ? UINT64_MAX : config_granted(look->config, group);
}

/* Resolves a text to nodes, all of them granted to the group. where: the option or rule with the text, for messages. */
static int resolve_nodes(const struct lookup *look, const char *group, const char *where, const char *text,
			 struct nodeset *ret, struct error *err)
{
	uint64_t classes = granted_to(look, group);
	int class = config_class(look->config, text), r;
	struct nodeset nodes;

	if (class >= 0) {
		if (!(classes & CLASS_BIT(class)))
			return fail(err, -EINVAL,
				    "%s: group %s is not granted this class: add it to the group in the configuration",
				    where, group);
		nodes = classify_grantable(look->classes, look->topology, CLASS_BIT(class));
	} else if (nodeset_parse(text, &nodes) < 0 || nodeset_empty(&nodes)) {
		return fail(err, -EINVAL, "%s: neither a list of nodes (\"1-2\") nor a class of the configuration", where);
	}
	r = grant_devices(look->classes, look->topology, classes, group, &nodes, ret, err);
	return r < 0 ? fail_prefix(err, r, "%s", where) : 0;
}

/* Sets the target of the options: targets[0]. */
static int wanted_nodes(const struct options *o, const struct lookup *look, struct launch *l, struct error *err)
{
	const char *text = o->nodes ? o->nodes : look->profile.nodes;
	_cleanup_free_ char *where = NULL;

	l->place.n_targets = 1;
	if (!text)
		return grant_devices(look->classes, look->topology, granted_to(look, l->group), l->group, NULL,
				     &l->place.targets[0].nodes, err);
	if (asprintf(&where, "--nodes %s", text) < 0) {
		where = NULL;
		return fail(err, -ENOMEM, "%m");
	}
	return resolve_nodes(look, l->group, where, text, &l->place.targets[0].nodes, err);
}

static bool target_equal(const struct placement_target *a, const struct placement_target *b)
{
	return a->policy == b->policy && a->thp == b->thp && a->has_home == b->has_home && a->home == b->home &&
	       nodeset_equal(&a->nodes, &b->nodes);
}

/* Only a preferred or bound node can be tried first (set_mempolicy_home_node(2)). */
static int check_home(const struct placement_target *t, const char *where, struct error *err)
{
	if (t->policy != POLICY_PREFER && t->policy != POLICY_BIND)
		return fail(err, -EINVAL, "%s: \"home\" goes with prefer and bind, not with %s", where,
			    policy_name(t->policy));
	if (!nodeset_has(&t->nodes, (int)t->home))
		return fail(err, -EINVAL, "%s: node %u is none of the rule's nodes (%s)", where, t->home,
			    NODESET_STR(&t->nodes));
	return 0;
}

/* Sets the rule's index among the targets, and adds the target if it is new. */
static int add_target(struct placement *place, const struct placement_target *t, struct placement_rule *rule,
		      struct error *err)
{
	unsigned i = 0;

	while (i < place->n_targets && !target_equal(&place->targets[i], t))
		i++;
	if (i == PLACEMENT_TARGETS)
		return fail(err, -E2BIG, "the rules name more than %d different places (nodes and policy)",
			    PLACEMENT_TARGETS);
	if (i == place->n_targets) {
		place->targets[place->n_targets++] = *t;
		place->targets[i].index = i;
	}
	rule->target = i;
	return 0;
}

/* A rule can have its own nodes and policy. */
static int target_rules(const struct lookup *look, struct launch *l, struct error *err)
{
	for (size_t i = 0; i < l->rules.n; i++) {
		const struct rule *rule = &l->rules.v[i];
		struct placement_rule *placed = &l->place.rules[l->place.n_rules++];
		struct placement_target t = l->place.targets[0];
		_cleanup_free_ char *text = rule_text(rule), *where = NULL;
		int r = 0;

		if (!text || asprintf(&where, "rule '%s'", text) < 0) {
			where = NULL;
			return fail(err, -ENOMEM, "%m");
		}
		*placed = rule->asks;
		if (!placed->allow)
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
			r = add_target(&l->place, &t, placed, err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < l->place.n_targets; i++)
		l->devices = nodeset_or(&l->devices, &l->place.targets[i].nodes);
	return 0;
}

/* Finds the nodes that are online and that the kernel now lets the group use. */
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
	/*
	 * If the user named nodes by number, each must be present; of "all the group's" or a class, those that are will
	 * do.
	 */
	missing = nodeset_minus(o->nodes && config_class(look->config, o->nodes) < 0 ? &l->place.targets[0].nodes : &online,
				&l->present);
	if (nodeset_empty(&l->present) || (o->nodes && !nodeset_empty(&missing)))
		return fail(err, -ENODEV,
			    "node %s is not %s (cpuset.mems.effective of %s: %s): start cdmd, or run `cdmadm apply`",
			    NODESET_STR(&missing), nodeset_subset(&missing, has_memory) ? "granted to the group" : "online",
			    l->group, NODESET_STR(&g->effective));
	return 0;
}

/*
 * In a container the visible root of the cgroup tree is a cgroup that the host has chosen: cdm-launch may use what is
 * granted there, and has no other cgroup to enter.
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

int launch_plan_nodes(const struct options *o, const struct lookup *look, struct launch *l, const struct root *root,
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
	if (r >= 0 && o->attach)
		r = cgroup_refuse_frozen(root, look->cgroups, here, err);
	if (r >= 0)
		r = cgroup_refuse_frozen(root, look->cgroups, l->group, err);
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
	l->mems = grant_mems(look->classes, look->topology, &l->devices);
	g = inside ? cgroups_find(look->cgroups, here) : NULL;
	mine = g ? g->effective : NODESET_EMPTY;
	l->inside = g && nodeset_subset(&l->present, &mine);
	return 0;
}

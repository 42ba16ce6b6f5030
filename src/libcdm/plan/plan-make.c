/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Makes the plan: the steps from the present state to the state that the configuration asks for. */

#include "plan-internal.h"

#include <errno.h>

struct nodeset plan_system_nodes(const struct snapshot *now)
{
	struct nodeset s = now->classes->system;

	for (size_t i = 0; i < now->topology->n_nodes; i++)
		if (now->classes->nodes[i].class == CLASS_SYSTEM && now->topology->nodes[i].state == NODE_OFFLINE)
			nodeset_add(&s, now->topology->nodes[i].id);
	return s;
}

/* Finds classes that no node can have here, by their node numbers: a configuration for another machine or firmware. */
static int check_classes(struct planner *p)
{
	const struct topology *t = p->now->topology;
	int r = 0;

	for (size_t i = 0; i < p->config->n_classes && !t->guessed && r >= 0; i++) {
		const struct class *class = &p->config->classes[i];

		if (!class->match.has_nodes || nodeset_intersects(&class->match.nodes, &t->possible))
			continue;
		r = strv_addf(&p->plan->problems,
			      "class %s never has a node: its \"match\" wants node %s, and only %s is possible in this boot "
			      "(/sys/devices/system/node/possible)",
			      class->name, NODESET_STR(&class->match.nodes), NODESET_STR(&t->possible));
	}
	return r;
}

/* Existing fences are kept up to date, even if the configuration no longer has classes for the devices. */
static bool is_concerned(const struct planner *p)
{
	return classification_has_devices(p->now->classes) || p->state->n_cgroups > 0;
}

static int make(struct planner *p)
{
	int r = check_classes(p);

	if (r < 0 || !is_concerned(p))
		return r;
	r = plan_auto_online(p);
	if (r >= 0)
		r = plan_cgroups(p);
	if (r >= 0)
		r = plan_removal(p);
	if (r >= 0)
		r = plan_online(p);
	if (r >= 0)
		r = plan_hugepages(p);
	return r < 0 ? r : plan_take(p->plan, p->grants);
}

static void set_inodes(const struct cgroups *cgroups, struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		struct step *s = &plan->steps[i];
		const struct cgroup *g = s->node < 0 && s->kind != STEP_AUTO_ONLINE ? cgroups_find(cgroups, s->target) :
										      NULL;

		s->inode = g ? g->inode : 0;
	}
}

int plan_make(const struct snapshot *snapshot, const struct config *config, const struct state *state, struct plan **ret)
{
	_cleanup_plan_ struct plan *plan = calloc(1, sizeof(*plan)), *grants = calloc(1, sizeof(*grants));
	struct planner p = { snapshot, config, state, plan, grants, plan_system_nodes(snapshot), NULL, false };
	int r;

	if (!plan || !grants)
		return -ENOMEM;
	r = make(&p);
	free(p.lists);
	if (r < 0)
		return r;
	set_inodes(snapshot->cgroups, plan);
	*ret = TAKE_PTR(plan);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Onlining: which memory comes online, by whom, and in which zone. */

#include "plan-internal.h"

#include "basic/strutil.h"

/* auto_online_blocks brings memory online inside add_memory_resource(), before anybody can fence or choose a zone. */
int plan_auto_online(struct planner *p)
{
	const struct config *c = p->config;
	const char *now = p->now->topology->auto_online;
	bool ours = false, drivers = false;

	for (size_t i = 0; i < c->n_classes; i++) {
		ours |= c->classes[i].online != ONLINE_DRIVER;
		drivers |= c->classes[i].online == ONLINE_DRIVER;
	}
	if (!now || streq(now, "offline") || !ours)
		return 0;
	if (!drivers && c->auto_online == AUTO_ONLINE_SETTLE)
		return plan_add(p->plan, STEP_AUTO_ONLINE, "auto_online_blocks", "offline", NULL);
	if (streq(now, "online_movable"))
		return 0;
	return strv_addf(&p->plan->problems,
			 "auto_online_blocks is \"%s\": the kernel onlines hot-added memory by itself, not movable; %s",
			 now,
			 drivers ? "a class with \"online\": \"driver\" needs online_movable there" :
				   "\"auto_online\" is \"keep\" in the configuration");
}

/* How this node's memory comes online, NULL: not by us. */
static const char *online_value(const struct planner *p, size_t i)
{
	const struct verdict *v = &p->now->classes->nodes[i];

	if (v->class == CLASS_SYSTEM)
		/* Hot-added system memory is the kernel's business, unless it was we who stopped the kernel. */
		return p->state->auto_online && !streq(p->state->auto_online, "offline") ? p->state->auto_online : NULL;
	switch (p->config->classes[v->class].online) {
	case ONLINE_MOVABLE:
		return "online_movable";
	case ONLINE_KERNEL:
		return "online_kernel";
	case ONLINE_DRIVER:
		/* Its driver has had its turn when an administrator asks for it. */
		return nodeset_has(&p->state->asked, p->now->topology->nodes[i].id) ? "online_movable" : NULL;
	case ONLINE_NEVER:
		break;
	}
	return NULL;
}

static bool is_movable(const struct node *n)
{
	return n->zone == ZONE_MOVABLE || n->zone == ZONE_NONE;
}

/* What somebody else did to the node that its class does not want. */
static int plan_conflict(struct planner *p, const struct node *n, const struct class *class)
{
	const char *name = class->name, *automatic = p->now->topology->auto_online;

	if (class->online == ONLINE_NEVER && n->zone != ZONE_NONE)
		return strv_addf(&p->plan->problems,
				 "node %d is online, though the memory of class %s stays offline: a udev rule, auto_online_blocks "
				 "(now \"%s\") or another program did it; `cdmadm offline %d` takes it offline",
				 n->id, name, automatic ? automatic : "", n->id);
	if (class->online == ONLINE_KERNEL || is_movable(n))
		return 0;
	return strv_addf(&p->plan->problems,
			 "node %d is online outside zone Movable (%s): kernel memory can land on it, and it may never go offline; "
			 "%s (auto_online_blocks is now \"%s\"); `cdmadm offline %d` and `cdmadm online %d` bring it back "
			 "movable, where nothing of the kernel's is on it yet",
			 n->id, zone_name(n->zone),
			 class->online == ONLINE_DRIVER ?
				 "its driver, or the kernel for it, did so" :
				 "it was not cdm-tools: look for a udev rule that brings memory online",
			 automatic ? automatic : "", n->id, n->id);
}

static bool is_wanted_online(const struct planner *p, const struct node *n)
{
	const struct topology *t = p->now->topology;

	for (size_t b = 0; b < t->n_blocks; b++)
		if (plan_wants_online(&t->blocks[b], n->id, p->state))
			return true;
	return false;
}

static int plan_node(struct planner *p, size_t i)
{
	const struct node *n = &p->now->topology->nodes[i];
	const struct verdict *v = &p->now->classes->nodes[i];
	const struct class *class = v->class == CLASS_SYSTEM ? NULL : &p->config->classes[v->class];
	const char *value = online_value(p, i);

	if (value && is_wanted_online(p, n)) {
		int r = plan_add_node(p->plan, STEP_ONLINE, n->id, value);

		if (r < 0)
			return r;
		p->plan->steps[p->plan->n - 1].highest_first = class && class->highest_first;
	}
	return class && !nodeset_has(&p->state->withdrawn, n->id) ? plan_conflict(p, n, class) : 0;
}

int plan_online(struct planner *p)
{
	int r = 0;

	for (size_t i = 0; i < p->now->topology->n_nodes && r >= 0; i++)
		r = plan_node(p, i);
	return r;
}

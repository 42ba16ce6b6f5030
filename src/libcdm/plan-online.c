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
	default:
		return NULL;
	}
}

int plan_online(struct planner *p)
{
	const struct topology *t = p->now->topology;

	for (size_t i = 0; i < t->n_nodes; i++) {
		const struct node *n = &t->nodes[i];
		const struct verdict *v = &p->now->classes->nodes[i];
		const char *value = online_value(p, i);
		bool wanted = false;
		int r = 0;

		for (size_t b = 0; value && b < t->n_blocks && !wanted; b++)
			wanted = plan_wants_online(&t->blocks[b], n->id, p->state);
		if (wanted)
			r = plan_add_node(p->plan, STEP_ONLINE, n->id, value);
		else if (v->class != CLASS_SYSTEM && p->config->classes[v->class].online != ONLINE_KERNEL &&
			 (n->zone == ZONE_KERNEL || n->zone == ZONE_MIXED))
			r = strv_addf(&p->plan->problems,
				      "node %d is online outside zone Movable (%s): kernel memory can land on it and it cannot "
				      "be drained; take its blocks offline, then `cdmadm apply` onlines them movable",
				      n->id, zone_name(n->zone));
		if (r < 0)
			return r;
	}
	return 0;
}

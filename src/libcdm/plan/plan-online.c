/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Onlining: which memory comes online, by whom, and in which zone. */

#include "plan-internal.h"

#include "basic/strutil.h"

#include <errno.h>

/*
 * Who brings a node's memory online. NVIDIA's driver does so itself, or has the kernel do it, and removes memory that
 * another program brought online (os_numa_add_gpu_memory() in its os-mlock.c): so the built-in class leaves it to the
 * driver.
 */
static enum online_policy online_policy_of(const struct class *class, const struct node *n)
{
	return class->match.device && n->origin == ORIGIN_NVIDIA ? ONLINE_DRIVER : class->online;
}

static const struct class *class_with(const struct config *c, enum online_policy policy)
{
	for (size_t i = 0; i < c->n_classes; i++)
		if (c->classes[i].online == policy)
			return &c->classes[i];
	return NULL;
}

/*
 * The kernel brings memory online in zone Movable: right for most classes, wrong for one that wants it offline or
 * elsewhere.
 */
static int plan_online_movable(struct planner *p)
{
	const struct class *never = class_with(p->config, ONLINE_NEVER);
	const struct class *wrong = never ? never : class_with(p->config, ONLINE_KERNEL);

	if (!wrong)
		return 0;
	return strv_addf(&p->plan->problems,
			 "auto_online_blocks is \"online_movable\", so that the kernel also brings the memory of class %s (\"online\": "
			 "\"%s\") online in zone Movable; unless a driver needs that, write \"offline\" there",
			 wrong->name, online_policy_name(wrong->online));
}

int plan_set_auto_online(struct plan *plan, const char *value)
{
	_cleanup_free_ char *text = strdup(value);
	int r = text ? plan_add(plan, STEP_AUTO_ONLINE, "auto_online_blocks") : -ENOMEM;

	if (r < 0)
		return r;
	plan_last(plan)->auto_online = TAKE_PTR(text);
	return 0;
}

/*
 * auto_online_blocks makes the kernel bring memory online inside add_memory_resource(), before another program can
 * choose a zone. "online_movable" chooses the right one, and NVIDIA's driver needs it: it is left alone, since the
 * fences are lists that are in place before the memory arrives. Any other value but "offline" lets the kernel use the
 * memory for itself.
 */
int plan_auto_online(struct planner *p)
{
	const char *now = p->now->topology->auto_online;
	int kernel = now ? mmop_from_name(now) : MMOP_OFFLINE; /* negative: a value of a later kernel */
	const struct class *driver = class_with(p->config, ONLINE_DRIVER);

	if (kernel == MMOP_OFFLINE)
		return 0;
	if (kernel == MMOP_ONLINE_MOVABLE)
		return plan_online_movable(p);
	if (!driver && p->config->auto_online == AUTO_ONLINE_SETTLE)
		return plan_set_auto_online(p->plan, mmop_name(MMOP_OFFLINE));
	return strv_addf(&p->plan->problems,
			 "auto_online_blocks is \"%s\": the kernel onlines hot-added memory by itself, not movable; %s%s%s",
			 now, driver ? "class " : "\"auto_online\" is \"keep\" in the configuration",
			 driver ? driver->name : "", driver ? " (\"online\": \"driver\") needs online_movable there" : "");
}

/* How this node's memory comes online; MMOP_OFFLINE: cdm-tools leaves it alone. */
static enum mmop online_how(const struct planner *p, size_t i)
{
	const struct verdict *v = &p->now->classes->nodes[i];
	int before;

	if (p->unfenced && v->class != CLASS_SYSTEM)
		return MMOP_OFFLINE;
	if (v->class == CLASS_SYSTEM) {
		/*
		 * The kernel decides on hot-added system memory, unless it was cdm-tools that turned auto_online_blocks
		 * off.
		 */
		before = p->state->auto_online ? mmop_from_name(p->state->auto_online) : MMOP_OFFLINE;
		return before < 0 ? MMOP_OFFLINE : (enum mmop)before;
	}
	switch (online_policy_of(&p->config->classes[v->class], &p->now->topology->nodes[i])) {
	case ONLINE_MOVABLE:
		return MMOP_ONLINE_MOVABLE;
	case ONLINE_KERNEL:
		return MMOP_ONLINE_KERNEL;
	case ONLINE_DRIVER:
		/* If an administrator asks for it, its driver has had the chance to do it. */
		return nodeset_has(&p->state->asked, p->now->topology->nodes[i].id) ? MMOP_ONLINE_MOVABLE : MMOP_OFFLINE;
	case ONLINE_NEVER:
		break;
	}
	return MMOP_OFFLINE;
}

/* True also if the zone is not known: false only if the node is known to be in another zone. */
static bool may_be_movable(const struct node *n)
{
	return n->zone == ZONE_MOVABLE || n->zone == ZONE_NONE || n->zone == ZONE_UNKNOWN;
}

/* Reports a state of the node that its class does not want, and that another program caused. */
static int plan_conflict(struct planner *p, const struct node *n, const struct class *class)
{
	const char *name = class->name, *automatic = p->now->topology->auto_online;
	enum online_policy online = online_policy_of(class, n);

	if (online == ONLINE_NEVER && n->zone != ZONE_NONE)
		return strv_addf(&p->plan->problems,
				 "node %d is online, though the memory of class %s stays offline: a udev rule, auto_online_blocks "
				 "(now \"%s\") or another program did it; `cdmadm offline %d` takes it offline",
				 n->id, name, automatic ? automatic : "", n->id);
	if (online == ONLINE_KERNEL || may_be_movable(n))
		return 0;
	return strv_addf(&p->plan->problems,
			 "node %d is online outside zone Movable (%s): kernel memory can land on it, and it may never go offline; "
			 "%s (auto_online_blocks is now \"%s\"); `cdmadm offline %d` and `cdmadm online %d` bring it back "
			 "movable, if it has no kernel memory yet",
			 n->id, zone_name(n->zone),
			 n->ordinary ? "firmware made it ordinary memory of the boot, and leaves it to the device's driver only where "
				       "it marks it as specific-purpose memory (EFI_MEMORY_SP)" :
			 online == ONLINE_DRIVER ? "its driver, or the kernel for it, did so" :
						   "it was not cdm-tools: look for a udev rule that brings memory online",
			 automatic ? automatic : "", n->id, n->id);
}

/* The blocks that were never online: a block that was taken offline, or that is on its way out, is left alone. */
static int blocks_to_come(const struct planner *p, int node, struct idset *ret)
{
	const struct topology *t = p->now->topology;
	int r = 0;

	if (nodeset_has(&p->state->withdrawn, node))
		return 0;
	for (size_t i = 0; i < t->n_blocks && r >= 0; i++) {
		const struct block *b = &t->blocks[i];

		if (b->node == node && b->state == BLOCK_OFFLINE && !idset_has(&p->state->was_online, b->id))
			r = idset_add(ret, b->id);
	}
	return r;
}

static int bring_online(struct planner *p, int node, enum mmop how, bool highest_first)
{
	_cleanup_idset_ struct idset blocks = IDSET_NONE;
	int r = blocks_to_come(p, node, &blocks);

	if (r >= 0)
		r = plan_add_blocks(p->plan, STEP_ONLINE, node, how, &blocks);
	if (r > 0)
		plan_last(p->plan)->highest_first = highest_first;
	return r;
}

static int plan_node(struct planner *p, size_t i)
{
	const struct node *n = &p->now->topology->nodes[i];
	const struct verdict *v = &p->now->classes->nodes[i];
	const struct class *class = v->class == CLASS_SYSTEM ? NULL : &p->config->classes[v->class];
	enum mmop how = online_how(p, i);
	int r = how != MMOP_OFFLINE ? bring_online(p, n->id, how, class && class->highest_first) : 0;

	if (r < 0)
		return r;
	return class && !nodeset_has(&p->state->withdrawn, n->id) ? plan_conflict(p, n, class) : 0;
}

int plan_online(struct planner *p)
{
	const struct strv *failed = &p->now->topology->failed;
	int r = 0;

	for (size_t i = 0; i < failed->n && r >= 0; i++)
		r = strv_add(&p->plan->problems, failed->s[i]);
	for (size_t i = 0; i < p->now->topology->n_nodes && r >= 0; i++)
		r = plan_node(p, i);
	return r;
}

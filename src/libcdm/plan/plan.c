/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Plans: steps are added and freed, and their kinds have names. */

#include "plan-internal.h"

#include "basic/array.h"
#include "basic/strutil.h"

#include <errno.h>
#include <inttypes.h>

static const char *const step_kind_names[N_STEP_KINDS] = {
	[STEP_AUTO_ONLINE] = "auto-online",
	[STEP_CONTROLLER] = "controller",
	[STEP_CREATE] = "create",
	[STEP_WIDEN] = "widen",
	[STEP_FENCE] = "fence",
	[STEP_PIN] = "pin",
	[STEP_MOVE] = "move",
	[STEP_REVOKE] = "revoke",
	[STEP_DRAIN] = "drain",
	[STEP_OFFLINE] = "offline",
	[STEP_ONLINE] = "online",
	[STEP_HUGEPAGES] = "hugepages",
	[STEP_GRANT] = "grant",
	[STEP_RESTORE] = "restore",
	[STEP_REMOVE] = "remove",
	[STEP_DISABLE] = "disable",
};

const char *step_kind_name(enum step_kind k)
{
	return step_kind_names[k];
}

const char *step_value(const struct step *s, char buf[static STEP_VALUE_MAX])
{
	switch (s->kind) {
	case STEP_AUTO_ONLINE:
		return s->auto_online;
	case STEP_ONLINE:
	case STEP_OFFLINE:
		return mmop_name(s->mmop);
	case STEP_HUGEPAGES:
		snprintf(buf, STEP_VALUE_MAX, "%s=%" PRIu64, SIZE_STR(s->pool.page_size), s->pool.pages);
		return buf;
	default:
		return s->migrate == MIGRATE_ON  ? "memory_migrate=1" :
		       s->migrate == MIGRATE_OFF ? "memory_migrate=0" :
						   NULL;
	}
}

static int push(struct plan *p, struct step step, const char *target)
{
	if (!RESERVE(p->steps, p->n))
		return -ENOMEM;
	step.target = strdup(target);
	if (!step.target)
		return -ENOMEM;
	p->steps[p->n++] = step;
	return 0;
}

int plan_add(struct plan *p, enum step_kind kind, const char *target)
{
	return push(p, (struct step){ .kind = kind, .node = -1 }, target);
}

int plan_add_mems(struct plan *p, enum step_kind kind, const char *target, const struct nodeset *mems, enum migrate migrate)
{
	return push(p, (struct step){ .kind = kind, .node = -1, .nodes = *mems, .migrate = migrate }, target);
}

int plan_add_node(struct plan *p, enum step_kind kind, int node)
{
	char name[32];

	snprintf(name, sizeof(name), "node%d", node);
	return push(p, (struct step){ .kind = kind, .node = node, .nodes = nodeset_of(node) }, name);
}

struct step *plan_last(struct plan *p)
{
	return &p->steps[p->n - 1];
}

int plan_add_blocks(struct plan *p, enum step_kind kind, int node, enum mmop mmop, struct idset *blocks)
{
	int r = blocks->n > 0 ? plan_add_node(p, kind, node) : 0;

	if (r < 0 || blocks->n == 0)
		return r;
	plan_last(p)->mmop = mmop;
	plan_last(p)->blocks = TAKE(*blocks, IDSET_NONE);
	return 1;
}

int plan_take(struct plan *p, struct plan *other)
{
	for (size_t i = 0; i < other->n; i++) {
		if (!RESERVE(p->steps, p->n))
			return -ENOMEM;
		p->steps[p->n++] = TAKE(other->steps[i], ((struct step){ 0 }));
	}
	return 0;
}

void step_clear(struct step *step)
{
	free(step->target);
	free(step->auto_online);
	idset_free(&step->blocks);
	*step = (struct step){ 0 };
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++)
		step_clear(&p->steps[i]);
	free(p->steps);
	strv_free(&p->problems);
	free(p);
}

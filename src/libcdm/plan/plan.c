/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Plans: steps are added and freed, and their kinds have names. */

#include "plan-internal.h"

#include "basic/strutil.h"

#include <errno.h>

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

static int push(struct plan *p, struct step step, const char *target, const char *value)
{
	struct step *grown = reallocarray(p->steps, p->n + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	p->steps = grown;
	step.target = strdup(target);
	step.value = value ? strdup(value) : NULL;
	if (!step.target || (value && !step.value)) {
		step_clear(&step);
		return -ENOMEM;
	}
	p->steps[p->n++] = step;
	return 0;
}

int plan_add(struct plan *p, enum step_kind kind, const char *target, const char *value, const struct nodeset *nodes)
{
	return push(p, (struct step){ .kind = kind, .node = -1, .nodes = nodes ? *nodes : NODESET_EMPTY }, target, value);
}

int plan_add_node(struct plan *p, enum step_kind kind, int node, const char *value)
{
	char name[32];

	snprintf(name, sizeof(name), "node%d", node);
	return push(p, (struct step){ .kind = kind, .node = node, .nodes = nodeset_of(node) }, name, value);
}

bool plan_wants_online(const struct block *b, int node, const struct state *state)
{
	return b->node == node && b->state == BLOCK_OFFLINE && !idset_has(&state->settled, b->id) &&
	       !nodeset_has(&state->withdrawn, node);
}

void step_clear(struct step *step)
{
	free(step->target);
	free(step->value);
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

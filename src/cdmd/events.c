/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Makes the events that subscribers get: the differences between two views of the nodes and groups. */

#include "events.h"

#include "basic/strutil.h"

json_t *event_of_step(const struct step *step, enum step_result result, const char *message)
{
	if (result == STEP_FAILED || result == STEP_SKIPPED)
		return json_pack("{s:s, s:s, s:o, s:o}", "event", "failed", "do", step_kind_name(step->kind), "target",
				 json_foreign(step->target), "message", json_foreign(message ? message : ""));
	if (result == STEP_DONE && step->kind == STEP_FENCE)
		return json_pack("{s:s, s:o, s:o}", "event", "fenced", "cgroup", json_foreign(step->target), "nodes",
				 json_nodes(&step->nodes));
	return NULL;
}

/* Nodes ----------------------------------------------------------------------------------------------------------- */

static const char *class_name(const struct view *v, size_t i)
{
	int class = v->now->classes->nodes[i].class;

	return class == CLASS_SYSTEM ? "system" : v->config->classes[class].name;
}

json_t *event_of_leaving(const struct view *v, int node)
{
	for (size_t i = 0; v->now && i < v->now->topology->n_nodes; i++)
		if (v->now->topology->nodes[i].id == node && nodeset_has(&v->now->classes->device, node))
			return json_pack("{s:s, s:i, s:s}", "event", "leaving", "node", node, "class", class_name(v, i));
	return NULL;
}

static const char *event_of_states(enum node_state before, enum node_state after)
{
	bool was_on = before == NODE_ONLINE || before == NODE_PARTIAL,
	     is_on = after == NODE_ONLINE || after == NODE_PARTIAL;

	if (before == after || (was_on && is_on))
		return NULL;
	if (is_on)
		return "onlined";
	if (after == NODE_ABSENT)
		return "removed";
	return was_on ? "offlined" : "added";
}

/* The possible nodes do not change while the kernel runs, so the same index is the same node in both lists. */
static void compare_nodes(const struct view *before, const struct view *after, json_t *events)
{
	const struct topology *old = before->now ? before->now->topology : NULL, *new = after->now->topology;

	for (size_t i = 0; i < new->n_nodes; i++) {
		const struct node *n = &new->nodes[i];
		enum node_state was = old && i < old->n_nodes ? old->nodes[i].state : NODE_ABSENT;
		const char *event = event_of_states(was, n->state);

		if (event)
			json_array_append_new(events,
					      json_pack("{s:s, s:i, s:s, s:s}", "event", event, "node", n->id, "class",
							class_name(n->state == NODE_ABSENT ? before : after, i),
							"state", node_state_name(n->state)));
	}
}

/* Grants ---------------------------------------------------------------------------------------------------------- */

/* The nodes that a group has in one view and not in the other. */
struct delta {
	const char *path;
	struct nodeset gained;
};

/* Both lists are in the same order, so the search continues where the last one ended. */
static const struct cgroup *find_from(const struct cgroups *g, const char *path, size_t *hint)
{
	for (size_t i = 0; i < g->n; i++) {
		size_t at = (*hint + i) % g->n;

		if (streq(g->v[at].path, path)) {
			*hint = at + 1;
			return &g->v[at];
		}
	}
	return NULL;
}

static struct nodeset granted_to(const struct snapshot *s, const struct cgroup *g)
{
	struct nodeset device = nodeset_and(&s->classes->device, &s->topology->has_memory);

	return g ? nodeset_and(&g->effective, &device) : NODESET_EMPTY;
}

/* Finds the groups of `to` that have nodes which they do not have in `from`. Returns how many; *ret is owned. */
static size_t find_gains(const struct view *from, const struct view *to, struct delta **ret)
{
	const struct cgroups *groups = to->now ? to->now->cgroups : NULL;
	struct delta *deltas = groups ? calloc(groups->n + 1, sizeof(*deltas)) : NULL;
	size_t n = 0, hint = 0;

	for (size_t i = 0; deltas && i < groups->n; i++) {
		const struct cgroup *g = &groups->v[i], *other = NULL;
		struct nodeset has = granted_to(to->now, g), had;

		if (nodeset_empty(&has) || !config_is_group(to->config, g->path))
			continue;
		if (from->now && from->now->cgroups)
			other = find_from(from->now->cgroups, g->path, &hint);
		had = from->now ? granted_to(from->now, other) : NODESET_EMPTY;
		deltas[n] = (struct delta){ .path = g->path, .gained = nodeset_minus(&has, &had) };
		n += !nodeset_empty(&deltas[n].gained);
	}
	*ret = deltas;
	return n;
}

/* A node is revoked from a group that had it before and has it no more: the same search, with the views swapped. */
static void compare_grants(const char *event, const struct view *from, const struct view *to, json_t *events)
{
	_cleanup_free_ struct delta *deltas = NULL;
	size_t n = find_gains(from, to, &deltas);

	for (size_t i = 0; n && i < to->now->topology->n_nodes; i++) {
		int node = to->now->topology->nodes[i].id;
		json_t *groups = json_array();

		for (size_t k = 0; k < n; k++)
			if (nodeset_has(&deltas[k].gained, node))
				json_array_append_new(groups, json_foreign(deltas[k].path));
		if (json_array_size(groups))
			json_array_append_new(events, json_pack("{s:s, s:i, s:s, s:O}", "event", event, "node", node,
								"class", class_name(to, i), "groups", groups));
		json_decref(groups);
	}
}

static void tell_problem(const char *message, json_t *events)
{
	json_array_append_new(events, json_pack("{s:s, s:o}", "event", "problem", "message", json_foreign(message)));
}

json_t *events_between(const struct view *before, const struct view *after)
{
	json_t *events = json_array();

	if (after->error) {
		/* The last reconcile could not look, so the view still shows what was seen before. */
		if (!before->error || !streq(before->error, after->error))
			tell_problem(after->error, events);
	} else {
		compare_nodes(before, after, events);
		compare_grants("revoked", after, before, events);
		compare_grants("granted", before, after, events);
		for (size_t i = 0; i < after->problems.n; i++)
			if (!strv_has(&before->problems, after->problems.s[i]))
				tell_problem(after->problems.s[i], events);
	}
	json_array_append_new(events, json_pack("{s:s, s:i, s:i, s:i, s:b}", "event", "reconciled", "done",
						(int)after->steps.done, "failed", (int)after->steps.failed, "skipped",
						(int)after->steps.skipped, "settled", after->settled));
	return events;
}

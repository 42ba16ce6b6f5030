/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A node as JSON. */

#include "node-json.h"

/* In a container the only group is the visible root: nothing below it was granted anything separately. */
static bool is_shown(const struct snapshot *now, const struct config *config, const struct cgroup *g)
{
	return now->cgroups->contained ? !*g->path : config_is_group(config, g->path);
}

/* The groups whose processes can use the node, as the kernel reports. */
static json_t *groups_with(const struct snapshot *now, const struct config *config, int node)
{
	json_t *groups;

	if (!now->cgroups)
		return json_null();
	groups = json_array();
	for (size_t i = 0; i < now->cgroups->n; i++) {
		const struct cgroup *g = &now->cgroups->v[i];

		if (is_shown(now, config, g) && nodeset_has(&g->effective, node))
			json_array_append_new(groups, json_foreign(*g->path ? g->path : "/"));
	}
	return groups;
}

static json_t *signal_to_json(const char *key, const char *source, const char *found, const char *says, bool decided)
{
	return json_pack("{s:s, s:s, s:o, s:s, s:b}", "key", key, "signal", source, "found", json_foreign(found),
			 "says", says, "decided", decided);
}

/* The configuration is the strongest signal; the others are in the order in which they were found. */
static json_t *signals_to_json(const struct config *config, const struct node *n, const struct verdict *v)
{
	json_t *signals = json_array();

	if (v->class != CLASS_SYSTEM && config->classes[v->class].match.has_nodes)
		json_array_append_new(signals, signal_to_json(node_key_name(KEY_NODES), "configuration",
							      config->classes[v->class].name, "", true));
	for (size_t i = 0; i < n->n_evidence; i++) {
		const struct evidence *e = &n->evidence[i];

		json_array_append_new(signals, signal_to_json(node_key_name(e->key), e->source, e->found ? e->found : "",
							      e->says == ORIGIN_NONE ? "" : origin_name(e->says),
							      verdict_rests_on(config, n, v, e)));
	}
	return signals;
}

/* null: unknown. */
static json_t *json_bytes(uint64_t bytes)
{
	return bytes == BYTES_UNKNOWN ? json_null() : json_integer((json_int_t)bytes);
}

json_t *node_to_json(const struct snapshot *now, const struct config *config, size_t i, bool explain)
{
	const struct node *n = &now->topology->nodes[i];
	const struct verdict *v = &now->classes->nodes[i];
	const char *origin = n->origin == ORIGIN_NONE && n->state != NODE_ABSENT ? NULL : origin_name(n->origin);
	json_t *doc = json_pack("{s:i, s:s, s:s?, s:s?, s:s?, s:o, s:o, s:o, s:s?, s:b, s:o}", "node", n->id, "class",
				v->class == CLASS_SYSTEM ? "system" : config->classes[v->class].name, "state",
				node_state_name(n->state), "zone", zone_name(n->zone), "origin", origin, "size",
				json_bytes(n->size), "online", json_bytes(n->online), "free", json_bytes(n->free),
				"cpus", n->cpus, "withdrawn", nodeset_has(&now->withdrawn, n->id), "groups",
				groups_with(now, config, n->id));

	if (explain) {
		json_object_set_new(doc, "why", json_foreign(v->why));
		json_object_set_new(doc, "signals", signals_to_json(config, n, v));
	}
	return doc;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "node-json.h"

/* The groups whose processes can use the node, by the kernel's own word. */
static json_t *groups_with(const struct snapshot *now, const struct config *config, int node)
{
	json_t *groups = json_array();

	for (size_t i = 0; now->cgroups && i < now->cgroups->n; i++) {
		const struct cgroup *g = &now->cgroups->v[i];

		if (config_is_group(config, g->path) && nodeset_has(&g->effective, node))
			json_array_append_new(groups, json_foreign(g->path));
	}
	return groups;
}

json_t *node_to_json(const struct snapshot *now, const struct config *config, size_t i, bool explain)
{
	const struct node *n = &now->topology->nodes[i];
	const struct verdict *v = &now->classes->nodes[i];
	json_t *doc = json_pack("{s:i, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:o}", "node", n->id, "class",
				v->class == CLASS_SYSTEM ? "system" : config->classes[v->class].name, "state",
				node_state_name(n->state), "zone", zone_name(n->zone), "origin", origin_name(n->origin),
				"size", (json_int_t)n->size, "online", (json_int_t)n->online, "free", (json_int_t)n->free,
				"cpus", n->cpus ? n->cpus : "", "groups", groups_with(now, config, n->id));

	if (explain)
		json_object_set_new(doc, "why", json_foreign(v->why));
	return doc;
}

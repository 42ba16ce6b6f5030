/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The daemon's view of nodes and groups, as `status` on the socket shows it. */

#include "status.h"

#include "libcdm/output/node-json.h"

#include <string.h>
#include <time.h>

static json_t *nodes_to_json(const struct view *v)
{
	json_t *nodes = json_array();

	for (size_t i = 0; v->now && i < v->now->topology->n_nodes; i++)
		if (v->now->topology->nodes[i].state != NODE_ABSENT)
			json_array_append_new(nodes, node_to_json(v->now, v->config, i, false));
	return nodes;
}

static json_t *reconcile_to_json(const struct view *v)
{
	json_t *doc = json_pack("{s:b, s:I, s:b, s:i, s:i, s:i, s:i}", "ok", v->now && !v->error, "at",
				(json_int_t)v->at, "settled", v->settled, "retries", (int)v->retries, "done",
				(int)v->steps.done, "failed", (int)v->steps.failed, "skipped", (int)v->steps.skipped);

	if (doc && v->error)
		json_object_set_new(doc, "error", json_foreign(v->error));
	return doc;
}

json_t *view_status(const struct view *v)
{
	json_t *problems = json_array();

	for (size_t i = 0; i < v->problems.n; i++)
		json_array_append_new(problems, json_foreign(v->problems.s[i]));
	return json_pack("{s:b, s:s, s:b, s:o, s:o, s:o}", "ok", 1, "version", PACKAGE_VERSION, "fenced", v->fenced,
			 "reconcile", reconcile_to_json(v), "problems", problems, "nodes", nodes_to_json(v));
}

struct view view_next(struct view *old, struct reconciled *done, const struct error *err)
{
	struct view v = { .at = (uint64_t)time(NULL) };

	if (err->code) {
		v.now = TAKE_PTR(old->now);
		v.problems = TAKE(old->problems, STRV_NONE);
		v.fenced = old->fenced;
		v.error = strdup(error_text(err));
		return v;
	}
	v.now = TAKE_PTR(done->now);
	topology_forget_blocks(v.now->topology);
	v.problems = TAKE(done->plan->problems, STRV_NONE);
	v.steps = done->steps;
	v.fenced = !done->steps.fence_failed;
	return v;
}

void view_free(struct view *v)
{
	snapshot_free(v->now);
	strv_free(&v->problems);
	free(v->error);
	*v = VIEW_NONE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm status: the daemon, the nodes, the groups and what is wrong, on one screen. */

#include "groups.h"

#include "basic/output.h"
#include "basic/strutil.h"
#include "libcdm/engine/apply.h"
#include "libcdm/socket/cdmd-client.h"
#include "libcdm/output/node-json.h"
#include "table.h"

#include <errno.h>

/* A part of the state that cannot be read is shown as a problem; the other parts are shown all the same. */
static int add_problem(struct strv *problems, const char *line)
{
	return strv_has(problems, line) ? 0 : strv_add(problems, line);
}

/* What cdmd reports of itself; null: it does not run. */
static json_t *daemon_to_json(const struct root *root, struct strv *problems)
{
	_cleanup_json_doc_ struct json_doc status = JSON_DOC_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;
	json_t *daemon, *reconcile, *problem;
	const char *error;
	size_t i;

	if (cdmd_status(root, &status, &err) < 0) {
		if (root->live)
			(void)add_problem(problems, error_text(&err));
		return json_null();
	}
	reconcile = json_object_get(status.root, "reconcile");
	daemon = json_pack("{s:O?, s:O?}", "version", json_object_get(status.root, "version"), "reconcile", reconcile);
	error = json_string_value(json_object_get(reconcile, "error"));
	if (error)
		(void)add_problem(problems, error);
	json_array_foreach(json_object_get(status.root, "problems"), i, problem)
		if (json_is_string(problem))
			(void)add_problem(problems, json_string_value(problem));
	return daemon ? daemon : json_null();
}

static json_t *devices_to_json(const struct snapshot *now, const struct config *config)
{
	json_t *nodes = json_array();

	for (size_t i = 0; i < now->topology->n_nodes; i++)
		if (now->classes->nodes[i].class != CLASS_SYSTEM)
			json_array_append_new(nodes, node_to_json(now, config, i, false));
	return nodes;
}

static json_t *sum_of(const json_t *fences)
{
	json_t *open = json_array(), *fence;
	size_t i;

	json_array_foreach(fences, i, fence)
		if (json_is_false(json_object_get(fence, "holds")))
			json_array_append(open, json_object_get(fence, "cgroup"));
	return json_pack("{s:I, s:o}", "stand", (json_int_t)(json_array_size(fences) - json_array_size(open)), "open",
			 open);
}

/* Reads the current state, and what `plan` would report about it. */
static int look(struct ctx *ctx, json_t *doc, struct strv *problems, struct error *err)
{
	_cleanup_reconciled_ struct reconciled preview = RECONCILED_NONE;
	_cleanup_json_ json_t *fences = NULL;
	struct reconcile r = { .root = &ctx->root };
	int e = ctx_config(ctx, &r.config, err);

	if (e >= 0)
		e = reconcile_preview(&r, &preview, err);
	if (e < 0)
		return e;
	fences = fences_to_json(preview.now, r.config);
	json_object_set_new(doc, "fences", sum_of(fences));
	json_object_set_new(doc, "nodes", devices_to_json(preview.now, r.config));
	json_object_set_new(doc, "groups", groups_to_json(preview.now, r.config));
	json_object_set_new(doc, "pending", json_integer((json_int_t)preview.plan->n));
	for (size_t i = 0; i < preview.plan->problems.n && e >= 0; i++)
		e = add_problem(problems, preview.plan->problems.s[i]);
	return e < 0 ? fail(err, e, "%m") : 0;
}

static const struct column node_columns[] = {
	{ "node", "NODE", .right = true },
	{ "class", "CLASS" },
	{ "state", "STATE" },
	{ "zone", "ZONE" },
	{ "size", "SIZE", .right = true, .format = cell_size },
	{ "free", "FREE", .right = true, .format = cell_size },
	{ "groups", "GROUPS" },
};

static const struct column group_columns[] = {
	{ "group", "GROUP" },
	{ "classes", "CLASSES" },
	{ "granted", "GRANTED" },
	{ "leaves", "LEAVES", .right = true },
};

static void print_sum(const json_t *doc, bool live)
{
	const json_t *daemon = json_object_get(doc, "daemon"), *fences = json_object_get(doc, "fences");
	const json_t *open = json_object_get(fences, "open"), *pending = json_object_get(doc, "pending");
	const char *version = json_string_value(json_object_get(daemon, "version"));
	const bool settled = json_is_true(json_object_get(json_object_get(daemon, "reconcile"), "settled"));

	printf("daemon    %s", version ? "runs, version " : live ? "does not run" : "none in a captured tree");
	if (version) {
		print_foreign(stdout, version);
		fputs(settled ? ", all is done that it can do" : ", looks again soon", stdout);
	}
	putchar('\n');
	if (fences)
		printf("fences    %lld stand, %zu do not\n",
		       (long long)json_integer_value(json_object_get(fences, "stand")), json_array_size(open));
	if (json_integer_value(pending))
		printf("pending   %lld step%s: see `cdmadm plan`\n", (long long)json_integer_value(pending),
		       json_integer_value(pending) == 1 ? "" : "s");
	else if (pending)
		puts("pending   nothing");
}

static int print_status(const json_t *doc, bool live, struct error *err)
{
	const json_t *nodes = json_object_get(doc, "nodes"), *groups = json_object_get(doc, "groups");
	const json_t *problem, *problems = json_object_get(doc, "problems");
	size_t i;
	int r = 0;

	print_sum(doc, live);
	if (json_array_size(nodes))
		putchar('\n');
	else if (nodes)
		puts("nodes     no device node is there");
	r = nodes ? table_print(nodes, node_columns, ELEMENTSOF(node_columns), err) : 0;
	if (r >= 0 && json_array_size(groups)) {
		putchar('\n');
		r = table_print(groups, group_columns, ELEMENTSOF(group_columns), err);
	}
	if (r >= 0 && json_array_size(problems))
		putchar('\n');
	json_array_foreach(problems, i, problem) {
		fputs("problem: ", stdout);
		print_foreign(stdout, json_string_value(problem));
		putchar('\n');
	}
	return r < 0 ? r : output_flush(err);
}

static bool finds_something(const json_t *doc)
{
	const json_t *fences = json_object_get(doc, "fences");

	return json_array_size(json_object_get(doc, "problems")) || json_array_size(json_object_get(fences, "open")) ||
	       json_integer_value(json_object_get(doc, "pending"));
}

static int run(struct ctx *ctx, struct error *err)
{
	_cleanup_strv_ struct strv problems = STRV_NONE;
	_cleanup_error_ struct error why = ERROR_NONE;
	_cleanup_json_ json_t *doc = json_object();
	json_t *lines = json_array();
	int r;

	json_object_set_new(doc, "daemon", daemon_to_json(&ctx->root, &problems));
	if (look(ctx, doc, &problems, &why) < 0)
		(void)add_problem(&problems, error_text(&why));
	for (size_t i = 0; i < problems.n; i++)
		json_array_append_new(lines, json_foreign(problems.s[i]));
	json_object_set_new(doc, "problems", lines);
	r = ctx->json ? print_json(doc, err) : print_status(doc, ctx->root.live, err);
	return r < 0 ? r : finds_something(doc) ? EXIT_FOUND : EXIT_CLEAN;
}

const struct verb verb_status = {
	.name = "status",
	.args = "",
	.help = "show on one screen how things stand, and what is wrong",
	.run = run,
};

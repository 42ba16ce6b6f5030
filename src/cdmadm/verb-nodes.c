/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm nodes: prints the nodes with their classes, and with --explain the reason for each class. */

#include "cdmadm.h"

#include "basic/output.h"
#include "basic/strutil.h"
#include "libcdm/output/node-json.h"
#include "table.h"

#include <errno.h>

enum {
	OPT_ALL,
	OPT_EXPLAIN,
	N_OPTS
};

static const struct option_spec options[N_OPTS] = {
	[OPT_ALL] = { 'a', "all", NULL, "show absent nodes too" },
	[OPT_EXPLAIN] = { 'e', "explain", NULL, "say why a node is of its class: every signal, and which decided" },
};

static const struct column columns[] = {
	{ "node", "NODE", .right = true },
	{ "class", "CLASS" },
	{ "state", "STATE" },
	{ "zone", "ZONE" },
	{ "origin", "ORIGIN" },
	{ "size", "SIZE", .right = true, .format = cell_size },
	{ "online", "ONLINE", .right = true, .format = cell_size },
	{ "free", "FREE", .right = true, .format = cell_size },
	{ "cpus", "CPUS" },
	{ "groups", "GROUPS" },
	{ "why", "WHY" },
};

/* One row for each signal, to show the user why a node has its class. */
static json_t *signal_rows(const json_t *nodes)
{
	json_t *rows = json_array(), *node, *signal;
	size_t i, j;

	json_array_foreach(nodes, i, node) {
		json_array_foreach(json_object_get(node, "signals"), j, signal) {
			json_t *row = json_copy(signal);
			const char *says = json_string_value(json_object_get(signal, "says"));
			bool decided = json_is_true(json_object_get(signal, "decided"));

			json_object_set(row, "node", json_object_get(node, "node"));
			json_object_set_new(row, "says",
					    json_sprintf("%s%s%s", says, *says && decided ? ", " : "",
							 decided ? "decided" : ""));
			json_array_append_new(rows, row);
		}
	}
	return rows;
}

static int print_signals(const json_t *shown, const struct strv *absent, struct error *err)
{
	static const struct column signal_columns[] = {
		{ "node", "NODE", .right = true },
		{ "key", "KEY" },
		{ "signal", "SIGNAL" },
		{ "found", "FOUND" },
		{ "says", "SAYS" },
	};
	_cleanup_json_ json_t *rows = signal_rows(shown);
	int r;

	putchar('\n');
	r = table_print(rows, signal_columns, ELEMENTSOF(signal_columns), err);
	for (size_t i = 0; r >= 0 && i < absent->n; i++) {
		_cleanup_free_ char *text = printable(absent->s[i]);

		if (!text)
			return fail(err, -ENOMEM, "out of memory");
		printf("%s%s\n", i ? "" : "\n", text);
	}
	return r;
}

/* A row of the table: the state also says that the node was withdrawn from its groups. */
static json_t *row_of(json_t *node)
{
	json_t *row = json_copy(node);

	if (json_is_true(json_object_get(node, "withdrawn")))
		json_object_set_new(row, "state",
				    json_sprintf("%s, withdrawn", json_string_value(json_object_get(node, "state"))));
	return row;
}

static bool is_absent(const json_t *node)
{
	const char *state = json_string_value(json_object_get(node, "state"));

	return state && streq(state, node_state_name(NODE_ABSENT));
}

/* Machines with coherent GPUs have dozens of possible nodes, nearly all of them empty. */
static int print_table(const json_t *nodes, bool all, const struct strv *explain, struct error *err)
{
	_cleanup_json_ json_t *shown = json_array();
	json_t *node;
	size_t i, hidden;
	int r;

	json_array_foreach(nodes, i, node)
		if (all || !is_absent(node))
			json_array_append_new(shown, row_of(node));
	r = table_print(shown, columns, ELEMENTSOF(columns) - !explain, err);
	hidden = json_array_size(nodes) - json_array_size(shown);
	if (r >= 0 && hidden)
		printf("%zu absent node%s not shown (-a shows %s)\n", hidden, hidden > 1 ? "s" : "",
		       hidden > 1 ? "them" : "it");
	return r >= 0 && explain ? print_signals(shown, explain, err) : r;
}

static json_t *strings_to_json(const struct strv *v)
{
	json_t *strings = json_array();

	for (size_t i = 0; i < v->n; i++)
		json_array_append_new(strings, json_foreign(v->s[i]));
	return strings;
}

static int run(struct ctx *ctx, struct error *err)
{
	_cleanup_snapshot_ struct snapshot *now = NULL;
	_cleanup_json_ json_t *doc = NULL;
	json_t *nodes = json_array();
	bool explain = ctx->given[OPT_EXPLAIN];
	/* Show the nodes also if there is no cpuset, and above all if the classes leave no system node. */
	int r = ctx_nodes(ctx, &now, err);

	doc = json_pack("{s:o}", "nodes", nodes);
	if (r < 0)
		return r;
	for (size_t i = 0; i < now->topology->n_nodes; i++)
		json_array_append_new(nodes, node_to_json(now, ctx->config, i, explain));
	if (explain)
		json_object_set_new(doc, "absent", strings_to_json(&now->topology->absent));
	return ctx->json ? print_json(doc, err) :
			   print_table(nodes, ctx->given[OPT_ALL], explain ? &now->topology->absent : NULL, err);
}

const struct verb verb_nodes = {
	.name = "nodes",
	.args = "",
	.help = "list the nodes: class, state, sizes, who may use them",
	.options = options,
	.n_options = N_OPTS,
	.run = run,
};

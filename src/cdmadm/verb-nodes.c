/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "cdmadm.h"

#include "basic/strutil.h"
#include "libcdm/node-json.h"
#include "table.h"

#include <errno.h>

enum {
	OPT_ALL,
	OPT_EXPLAIN,
	N_OPTS
};

static const struct option_spec options[N_OPTS] = {
	[OPT_ALL] = { 'a', "all", NULL, "show absent nodes too" },
	[OPT_EXPLAIN] = { 'e', "explain", NULL, "say why a node is of its class" },
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

/* Machines with coherent GPUs have dozens of possible nodes, nearly all of them without anything in it. */
static int print_table(const json_t *nodes, bool all, bool explain, struct error *err)
{
	_cleanup_json_ json_t *shown = json_array();
	json_t *node;
	size_t i, hidden;
	int r;

	json_array_foreach(nodes, i, node)
		if (all || !streq(json_string_value(json_object_get(node, "state")), node_state_name(NODE_ABSENT)))
			json_array_append(shown, node);
	r = table_print(shown, columns, ELEMENTSOF(columns) - !explain, err);
	hidden = json_array_size(nodes) - json_array_size(shown);
	if (r >= 0 && hidden)
		printf("%zu absent node%s not shown (-a shows %s)\n", hidden, hidden > 1 ? "s" : "",
		       hidden > 1 ? "them" : "it");
	return r;
}

static int run(struct ctx *ctx, struct error *err)
{
	_cleanup_snapshot_ struct snapshot *now = NULL;
	_cleanup_json_ json_t *doc = NULL;
	json_t *nodes = json_array();
	bool explain = ctx->given[OPT_EXPLAIN];
	int r;

	doc = json_pack("{s:o}", "nodes", nodes);
	r = ctx_snapshot(ctx, &now, err);
	/* Nodes are there to be seen also where no cpuset is: in a container, on a machine not set up. */
	if (r == -ENODEV)
		r = ctx_nodes(ctx, &now, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < now->topology->n_nodes; i++)
		json_array_append_new(nodes, node_to_json(now, ctx->config, i, explain));
	return ctx->json ? print_json(doc, err) : print_table(nodes, ctx->given[OPT_ALL], explain, err);
}

const struct verb verb_nodes = {
	.name = "nodes",
	.args = "",
	.help = "list the nodes: class, state, sizes, who may use them",
	.options = options,
	.n_options = N_OPTS,
	.run = run,
};

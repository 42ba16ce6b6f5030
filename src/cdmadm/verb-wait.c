/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm wait: returns when a node is granted. */

#include "cdmadm.h"

#include "basic/clock.h"
#include "basic/output.h"
#include "basic/strutil.h"
#include "libcdm/socket/cdmd-client.h"

#include <errno.h>
#include <limits.h>

enum {
	OPT_GROUP,
	OPT_TIMEOUT,
	N_OPTS
};

static const struct option_spec options[N_OPTS] = {
	[OPT_GROUP] = { 'g', "group", "NAME", "granted to this group (default: to any)" },
	[OPT_TIMEOUT] = { 't', "timeout", "SECONDS", "give up after so long (default: never)" },
};

struct want {
	struct nodeset nodes; /* one of these; empty: any device node */
	const char *class;    /* NULL: any */
	const char *group;    /* NULL: any */
	uint64_t seconds;     /* UINT64_MAX: no limit */
};

static int read_want(struct ctx *ctx, struct want *ret, struct error *err)
{
	const char *what = ctx->n_args ? ctx->args[0] : NULL, *group = ctx->given[OPT_GROUP];
	struct want w = { .nodes = NODESET_EMPTY, .seconds = UINT64_MAX };
	const struct config *config;
	int r = ctx_config(ctx, &config, err);

	if (r < 0)
		return r;
	if (what && config_class(config, what) >= 0)
		w.class = what;
	else if (what && (nodeset_parse(what, &w.nodes) < 0 || nodeset_empty(&w.nodes)))
		return usage(err, "%s is neither a node nor a class of the configuration", what);
	if (group) {
		w.group = group + (group[0] == '/');
		if (!config_is_group(config, w.group))
			return usage(err, "--group %s: not a group of the configuration", group);
	}
	if (ctx->given[OPT_TIMEOUT] && (parse_u64(ctx->given[OPT_TIMEOUT], &w.seconds) < 0 || w.seconds > INT_MAX / 1000))
		return usage(err, "--timeout %s: not a number of seconds", ctx->given[OPT_TIMEOUT]);
	*ret = w;
	return 0;
}

static bool has_string(const json_t *list, const char *s)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (json_is_string(item) && streq(json_string_value(item), s))
			return true;
	return false;
}

/* Works for a node of the status and for an event "granted": both have node, class and groups. */
static bool is_wanted(const struct want *w, const json_t *node)
{
	const char *class = json_string_value(json_object_get(node, "class"));
	const json_t *groups = json_object_get(node, "groups");

	if (!class || streq(class, "system") || (w->class && !streq(class, w->class)))
		return false;
	if (!nodeset_empty(&w->nodes) && !nodeset_has(&w->nodes, (int)json_integer_value(json_object_get(node, "node"))))
		return false;
	return w->group ? has_string(groups, w->group) : json_array_size(groups) > 0;
}

static int found(struct ctx *ctx, json_t *node, struct error *err)
{
	_cleanup_json_ json_t *doc = NULL;

	if (!ctx->json) {
		printf("%lld\n", (long long)json_integer_value(json_object_get(node, "node")));
		return output_flush(err);
	}
	doc = json_pack("{s:O, s:O, s:O}", "node", json_object_get(node, "node"), "class",
			json_object_get(node, "class"), "groups", json_object_get(node, "groups"));
	return print_json(doc, err);
}

/* Reads events until one is wanted. */
static int wait_for(struct ctx *ctx, struct cdmd_client *c, const struct want *w, struct error *err)
{
	int64_t end = w->seconds == UINT64_MAX ? INT64_MAX : (int64_t)now_ms() + (int64_t)w->seconds * 1000;

	for (;;) {
		_cleanup_json_doc_ struct json_doc doc = JSON_DOC_NONE;
		int64_t left = end - (int64_t)now_ms();
		const char *event;
		int r = cdmd_read(c, end == INT64_MAX ? -1 : left > 0 ? (int)left : 0, &doc, err);

		if (r == -ETIMEDOUT)
			return fail(err, r, "waited %llu s, and no such node was granted: see `cdmadm nodes`",
				    (unsigned long long)w->seconds);
		if (r < 0)
			return r;
		event = json_string_value(json_object_get(doc.root, "event"));
		if (event && streq(event, "granted") && is_wanted(w, doc.root))
			return found(ctx, doc.root, err);
	}
}

static int run(struct ctx *ctx, struct error *err)
{
	_cleanup_cdmd_ struct cdmd_client c = CDMD_CLIENT_NONE;
	_cleanup_json_doc_ struct json_doc status = JSON_DOC_NONE;
	struct want w;
	json_t *node;
	size_t i;
	int r = read_want(ctx, &w, err);

	if (r != 0)
		return r;
	r = cdmd_subscribe(&ctx->root, &c, &status, err);
	if (r < 0)
		return r;
	/* Look at the nodes that are granted already; the stream has those that follow. */
	json_array_foreach(json_object_get(status.root, "nodes"), i, node)
		if (is_wanted(&w, node))
			return found(ctx, node, err);
	return wait_for(ctx, &c, &w, err);
}

const struct verb verb_wait = {
	.name = "wait",
	.args = "[NODE|CLASS]",
	.help = "return when a device node is granted",
	.options = options,
	.n_options = N_OPTS,
	.max_args = 1,
	.run = run,
};

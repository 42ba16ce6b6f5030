/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The common part of offline, drain and online: a request about one node, carried out and explained. */

#include "node-verbs.h"

#include "basic/clock.h"
#include "basic/strutil.h"
#include "libcdm/socket/cdmd-client.h"
#include "libcdm/engine/drain.h"
#include "libcdm/kernel/residency.h"
#include "step-log.h"

#include <errno.h>
#include <time.h>

#define TIMEOUT_S 60

/* Between two reconciles another process can take the lock. */
#define PAUSE_MS 100

const struct option_spec request_options[REQUEST_N_OPTS] = {
	[REQUEST_OPT_TIMEOUT] = { 't', "timeout", "SECONDS", "give up after so many seconds, 60 if not given" },
};

struct asking {
	struct step_log log;
	struct request request;
	uint64_t deadline; /* CLOCK_MONOTONIC, ms */
	bool again;        /* this is not the first pass */
	bool blocked;      /* the last pass could not empty the node or take it offline */
};

/* A step that is repeated is reported once, with its final result. */
static void on_step(void *arg, const struct step *step, enum step_result result, const char *message)
{
	struct asking *a = arg;
	bool failed = result == STEP_FAILED, is_offline = step->kind == STEP_OFFLINE && step->node == a->request.node;

	a->blocked |= failed && is_offline;
	if ((a->again && step->kind == STEP_DRAIN) || (failed && is_offline && now_ms() < a->deadline))
		return;
	step_log_step(&a->log, step, result, message);
	/* An obstacle is reported as found (exit status 3), not as a failure. */
	a->log.failed -= failed && is_offline;
}

/* Whether the node has pages, or may have: what cannot be read is not nothing. A node that has gone has none. */
static bool has_pages(const struct root *root, int node)
{
	struct node_use use;
	int r = node_use_read(root, node, &use, NULL);

	return r < 0 ? r != -ENOENT : node_use_sum(&use) > 0;
}

static int explain(struct ctx *ctx, const struct asking *a, const struct topology *t, struct strv *problems)
{
	bool offline = a->request.kind == REQUEST_OFFLINE;
	/* For offline, the message of the refused step has named it already. */
	_cleanup_free_ char *left = offline ? NULL : drain_left(&ctx->root, t, a->request.node);
	int r = left ? strv_addf(problems, "node %d: %s", a->request.node, left) : 0;

	if (r >= 0)
		r = strv_addf(problems,
			      "node %d is not %s; it stays withdrawn from its groups, so that nothing new lands on it: "
			      "ask again, or `cdmadm online %d` gives it back",
			      a->request.node, offline ? "offline" : "empty", a->request.node);
	return r;
}

static int add_problems(const struct strv *from, struct strv *to)
{
	int r = 0;

	for (size_t i = 0; i < from->n && r >= 0; i++)
		if (!strv_has(to, from->s[i]))
			r = strv_add(to, from->s[i]);
	return r;
}

static int ask(struct ctx *ctx, struct asking *a, struct strv *problems, struct error *err)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	struct reconcile r = {
		.root = &ctx->root, .config = ctx->config, .request = a->request, .hooks = { .fn = on_step, .arg = a }
	};

	for (;;) {
		_cleanup_reconciled_ struct reconciled done = RECONCILED_NONE;
		uint64_t now = now_ms(), left = a->deadline > now ? a->deadline - now : 1;
		int e;

		a->blocked = false;
		r.limit_ms = left < REMOVAL_LIMIT_MS ? (unsigned)left : REMOVAL_LIMIT_MS;
		e = reconcile(&r, &done, err);
		if (e < 0)
			return e;
		a->blocked |= a->request.kind == REQUEST_DRAIN && has_pages(&ctx->root, a->request.node);
		if (!a->blocked || now_ms() >= a->deadline) {
			e = add_problems(&done.plan->problems, problems);
			if (e >= 0 && a->blocked)
				e = explain(ctx, a, done.now->topology, problems);
			return e < 0 ? fail(err, e, "%m") : 0;
		}
		a->again = true;
		nanosleep(&pause, NULL);
	}
}

/* Accepts "1", "0-1,4", a class, or "all" device nodes. If the request is invalid for one node, none is returned. */
static int find_nodes(struct ctx *ctx, enum request_kind kind, struct nodeset *ret, struct error *err)
{
	_cleanup_snapshot_ struct snapshot *now = NULL;
	const char *text = ctx->args[0];
	struct nodeset nodes = NODESET_EMPTY;
	const struct config *config;
	int r = ctx_config(ctx, &config, err), class = r < 0 ? -1 : config_class(config, text);
	const bool all = class < 0 && streq(text, "all");

	if (r >= 0 && class < 0 && !all && (nodeset_parse(text, &nodes) < 0 || nodeset_empty(&nodes)))
		return usage(err, "\"%s\" is not a node such as 1, a list such as 1-2,4, a class, or \"all\"", text);
	if (r >= 0)
		r = ctx_snapshot(ctx, &now, err);
	if (r < 0)
		return r;
	if (class >= 0 || all)
		nodes = all ? now->classes->device : now->classes->of_class[class];
	if (nodeset_empty(&nodes))
		return fail(err, -ENXIO, "%s: there is no such device node; see `cdmadm nodes`", text);
	NODESET_FOREACH(node, &nodes) {
		r = request_check(&(struct request){ .kind = kind, .node = node }, now, config, err);
		if (r < 0)
			return r;
	}
	*ret = nodes;
	return 0;
}

int request_run(struct ctx *ctx, enum request_kind kind, const char *timeout, struct error *err)
{
	_cleanup_json_ json_t *steps = json_array();
	_cleanup_strv_ struct strv problems = STRV_NONE;
	struct asking a = { .log = { .quiet = ctx->json, .steps = steps }, .request = { .kind = kind } };
	struct nodeset nodes;
	bool blocked = false;
	int seconds = TIMEOUT_S, r;

	if (timeout && parse_int(timeout, &seconds) < 0)
		return usage(err, "--timeout: \"%s\" is not a number of seconds", timeout);
	r = find_nodes(ctx, kind, &nodes, err);
	if (r != 0)
		return r;
	/*
	 * Tells programs that watch (cdm_watch_open(3)) first. Without the daemon there are none, so errors are
	 * ignored.
	 */
	if (kind != REQUEST_ONLINE)
		(void)cdmd_tell_leaving(&ctx->root, &nodes, NULL);
	NODESET_FOREACH(node, &nodes) {
		a.request.node = node;
		a.again = false;
		a.deadline = now_ms() + (uint64_t)seconds * 1000;
		r = ask(ctx, &a, &problems, err);
		if (r < 0)
			return r;
		blocked |= a.blocked;
	}
	r = step_log_finish(&a.log, &problems, &STRV_NONE, "nothing to do", err);
	return r == EXIT_CLEAN && blocked ? EXIT_FOUND : r;
}

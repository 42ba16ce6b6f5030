/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "request.h"

#include "basic/strutil.h"
#include "libcdm/cdmd-client.h"
#include "libcdm/drain.h"
#include "libcdm/residency.h"
#include "steps.h"

#include <errno.h>
#include <time.h>

#define TIMEOUT_S 60

/* Between two reconciles somebody else gets the lock. */
#define PAUSE_MS 100

const struct option_spec request_options[REQUEST_N_OPTS] = {
	[REQUEST_OPT_TIMEOUT] = { 't', "timeout", "SECONDS", "give up after so many seconds, 60 if not given" },
};

struct asking {
	struct step_log log;
	struct request request;
	uint64_t deadline; /* CLOCK_MONOTONIC, ms */
	bool again;        /* not the first pass */
	bool blocked;      /* in the last pass the node could not be had */
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* What is tried again is told once, as it ended. */
static void on_step(void *arg, const struct step *step, enum step_result result, const char *message)
{
	struct asking *a = arg;
	bool failed = result == STEP_FAILED, is_offline = step->kind == STEP_OFFLINE && step->node == a->request.node;

	a->blocked |= failed && is_offline;
	if ((a->again && step->kind == STEP_DRAIN) || (failed && is_offline && now_ms() < a->deadline))
		return;
	step_log_step(&a->log, step, result, message);
	/* Something in the way is found, and no failure of ours. */
	a->log.failed -= failed && is_offline;
}

static bool has_pages(const struct root *root, int node)
{
	uint64_t used;

	return node_bytes_used(root, node, &used, NULL) == 0 && used > 0;
}

static int explain(struct ctx *ctx, const struct asking *a, const struct topology *t, struct strv *problems)
{
	bool offline = a->request.kind == REQUEST_OFFLINE;
	/* A refused offline has named it already. */
	_cleanup_free_ char *left = offline ? NULL : drain_left(&ctx->root, t, a->request.node);
	int r = left ? strv_addf(problems, "node %d: %s", a->request.node, left) : 0;

	if (r >= 0)
		r = strv_addf(problems,
			      "node %d is not %s; it stays withdrawn from its groups, so that nothing new lands on it: "
			      "ask again, or `cdmadm online %d` gives it back",
			      a->request.node, offline ? "offline" : "empty", a->request.node);
	return r;
}

static int ask(struct ctx *ctx, struct asking *a, struct strv *problems, struct error *err)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	struct reconcile r = { .root = &ctx->root, .config = ctx->config, .request = a->request, .fn = on_step, .arg = a };

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
			e = strv_copy(&done.plan->problems, problems);
			if (e >= 0 && a->blocked)
				e = explain(ctx, a, done.now->topology, problems);
			return e < 0 ? fail(err, e, "%m") : 0;
		}
		a->again = true;
		nanosleep(&pause, NULL);
	}
}

int request_run(struct ctx *ctx, enum request_kind kind, const char *timeout, struct error *err)
{
	_cleanup_json_ json_t *steps = json_array();
	_cleanup_strv_ struct strv problems = STRV_NONE;
	struct asking a = { .log = { .quiet = ctx->json, .steps = steps }, .request = { .kind = kind } };
	const struct config *config;
	struct nodeset node;
	int seconds = TIMEOUT_S, r;

	if (parse_int(ctx->args[0], &a.request.node) < 0)
		return usage(err, "\"%s\" is not a node such as 1", ctx->args[0]);
	if (timeout && parse_int(timeout, &seconds) < 0)
		return usage(err, "--timeout: \"%s\" is not a number of seconds", timeout);
	a.deadline = now_ms() + (uint64_t)seconds * 1000;
	r = ctx_config(ctx, &config, err);
	/* Programs that watch (cdm_watch_open(3)) hear of it first. Without the daemon nobody does. */
	node = nodeset_of(a.request.node);
	if (r >= 0 && kind != REQUEST_ONLINE)
		(void)cdmd_tell_leaving(&ctx->root, &node, NULL);
	if (r >= 0)
		r = ask(ctx, &a, &problems, err);
	if (r < 0)
		return r;
	r = step_log_finish(&a.log, &problems, &STRV_NONE, "nothing to do", err);
	return r == EXIT_CLEAN && a.blocked ? EXIT_FOUND : r;
}

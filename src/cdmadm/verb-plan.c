/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm plan: the steps that apply and cdmd would carry out now. */

#include "cdmadm.h"

#include "libcdm/engine/apply.h"
#include "libcdm/output/plan-json.h"
#include "table.h"

static const struct column columns[] = {
	{ "do", "DO" },
	{ "target", "TARGET" },
	{ "nodes", "NODES" },
	{ "value", "VALUE" },
};

static int print_plan(const json_t *doc, bool found, struct error *err)
{
	const json_t *problem, *problems = json_object_get(doc, "problems");
	size_t i;
	int r = table_print(json_object_get(doc, "steps"), columns, ELEMENTSOF(columns), err);

	if (r < 0)
		return r;
	json_array_foreach(problems, i, problem) {
		_cleanup_free_ char *text = cell_text(problem);

		printf("problem: %s\n", text ? text : "");
	}
	if (!found)
		puts("nothing to do");
	return 0;
}

static int run(struct ctx *ctx, struct error *err)
{
	_cleanup_reconciled_ struct reconciled preview = RECONCILED_NONE;
	_cleanup_json_ json_t *doc = NULL;
	struct reconcile r = { .root = &ctx->root };
	bool found;
	int e = ctx_config(ctx, &r.config, err);

	if (e < 0)
		return e;
	e = reconcile_preview(&r, &preview, err);
	if (e < 0)
		return e;
	doc = plan_to_json(preview.plan);
	found = preview.plan->n || preview.plan->problems.n;
	e = ctx->json ? print_json(doc, err) : print_plan(doc, found, err);
	return e < 0 ? e : found ? EXIT_FOUND : EXIT_CLEAN;
}

const struct verb verb_plan = {
	.name = "plan",
	.args = "",
	.help = "show what apply would do now",
	.run = run,
};

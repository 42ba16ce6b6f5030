/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm map: the mappings of a process, with their policies and where their pages are. */

#include "cdmadm.h"

#include "basic/strutil.h"
#include "libcdm/cgroup/cgroup-leaf.h"
#include "libcdm/output/vma-json.h"
#include "process.h"
#include "table.h"

enum {
	OPT_ALL,
	N_OPTS
};

static const struct option_spec options[N_OPTS] = {
	[OPT_ALL] = { 'a', "all", NULL, "show mappings without pages too" },
};

struct view {
	struct nodeset devices; /* with absent nodes, which a policy may name before they arrive */
	bool designated;        /* all of the process is allowed: it is in a group, and was not launched with rules */
};

/* A process that is allowed as a whole may use device nodes wherever its own policies, the task's included, let it. */
static bool is_allowed(const struct view *view, const struct vma *vma)
{
	return vma_is_bound(vma, &view->devices) ||
	       (view->designated && (streq(vma->policy, "default") || vma_policy_names(vma, &view->devices)));
}

static json_t *process_to_json(const struct process *p, const struct residency *residency, const struct view *view)
{
	json_t *vmas = json_array(), *cgroup = json_foreign(p->cgroup);
	json_t *doc = json_pack("{s:i, s:o, s:o, s:o}", "pid", (int)p->pid, "comm", json_foreign(p->comm), "cgroup",
				json_sprintf("/%s", json_string_value(cgroup)), "vmas", vmas);

	json_decref(cgroup);
	for (size_t i = 0; i < residency->vmas.n; i++) {
		const struct vma *vma = &residency->vmas.v[i];

		json_array_append_new(vmas, vma_to_json(vma, is_allowed(view, vma)));
	}
	return doc;
}

/* In the form of numa_maps: "N0=3 N1=1". */
static char *cell_pages(const json_t *pages)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	const char *node, *separator = "";
	const json_t *n;

	if (!f)
		return NULL;
	json_object_foreach((json_t *)pages, node, n) {
		fprintf(f, "%sN%s=%" JSON_INTEGER_FORMAT, separator, node, json_integer_value(n));
		separator = " ";
	}
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static const struct column columns[] = {
	{ "start", "START", .right = true },
	{ "end", "END", .right = true },
	{ "what", "WHAT" },
	{ "policy", "POLICY" },
	{ "allowed", "ALLOWED" },
	{ "pages", "PAGES", .format = cell_pages },
	{ "name", "NAME" },
};

static int print_table(const json_t *vmas, bool all, struct error *err)
{
	_cleanup_json_ json_t *shown = json_array();
	json_t *vma;
	size_t i, hidden;
	int r;

	json_array_foreach(vmas, i, vma)
		if (all || json_object_size(json_object_get(vma, "pages")))
			json_array_append(shown, vma);
	r = table_print(shown, columns, ELEMENTSOF(columns), err);
	hidden = json_array_size(vmas) - json_array_size(shown);
	if (r >= 0 && hidden)
		printf("%zu mapping%s without pages not shown (-a shows %s)\n", hidden, hidden > 1 ? "s" : "",
		       hidden > 1 ? "them" : "it");
	return r;
}

static int run(struct ctx *ctx, struct error *err)
{
	_cleanup_snapshot_ struct snapshot *now = NULL;
	_cleanup_process_ struct process p = PROCESS_NONE;
	_cleanup_residency_ struct residency *residency = NULL;
	_cleanup_json_ json_t *doc = NULL;
	struct view view;
	int pid, r;

	if (parse_int(ctx->args[0], &pid) < 0 || pid == 0)
		return usage(err, "\"%s\" is not a process id", ctx->args[0]);
	r = ctx_snapshot(ctx, &now, err);
	if (r >= 0)
		r = process_open(&ctx->root, now->cgroups, pid, &p, err);
	if (r >= 0)
		r = process_residency(&ctx->root, &p, &residency, err);
	if (r < 0)
		return r;
	view.devices = nodeset_minus(&now->topology->possible, &now->classes->system);
	view.designated = config_granted(ctx->config, p.cgroup) != 0 && !leaf_is_ours(p.cgroup);
	doc = process_to_json(&p, residency, &view);
	return ctx->json ? print_json(doc, err) : print_table(json_object_get(doc, "vmas"), ctx->given[OPT_ALL], err);
}

const struct verb verb_map = {
	.name = "map",
	.args = "PID",
	.help = "show where the memory of a process is, mapping by mapping",
	.options = options,
	.n_options = N_OPTS,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm map: the mappings of a process, with their policies and where their pages are. */

#include "cdmadm.h"

#include "basic/strutil.h"
#include "libcdm/cgroup/cgroup-leaf.h"
#include "libcdm/output/vma-json.h"
#include "listing.h"
#include "process.h"

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

static json_t *process_to_json(const struct process *p)
{
	_cleanup_json_ json_t *cgroup = json_foreign(p->cgroup);

	return json_pack("{s:i, s:o, s:o}", "pid", (int)p->pid, "comm", json_foreign(p->comm), "cgroup",
			 json_sprintf("/%s", json_string_value(cgroup)));
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

/* Prints the VMAs as they come; the table shows those without pages only if `all`. *ret_hidden: how many it did not. */
static int print_vmas(struct listing *list, struct vma_stream *vmas, const struct view *view, bool all,
		      size_t *ret_hidden, struct error *err)
{
	size_t hidden = 0;
	int r = 0;

	while (r >= 0) {
		_cleanup_vma_ struct vma vma = VMA_NONE;

		r = vma_stream_next(vmas, &vma, err);
		if (r <= 0)
			break;
		if (list->json || all || vma.n_on)
			r = listing_add(list, vma_to_json(&vma, is_allowed(view, &vma)), err);
		else
			hidden++;
	}
	*ret_hidden = hidden;
	return r;
}

/* If the process becomes unreadable half-way, what was read is shown, and the document says that it is not all. */
static int print(struct ctx *ctx, const struct process *p, const struct view *view, struct error *err)
{
	_cleanup_listing_ struct listing list = { .json = ctx->json, .columns = columns, .n_columns = ELEMENTSOF(columns) };
	_cleanup_vma_stream_ struct vma_stream *vmas = NULL;
	size_t hidden = 0;
	int r = process_vmas(&ctx->root, p, &vmas, err);

	if (r >= 0)
		r = listing_begin(&list, process_to_json(p), "vmas", err);
	if (r < 0)
		return r;
	r = print_vmas(&list, vmas, view, ctx->given[OPT_ALL] != NULL, &hidden, err);
	if (r < 0)
		listing_cut(&list, err);
	else
		r = listing_end(&list, json_object(), err);
	if (r >= 0 && hidden)
		printf("%zu mapping%s without pages not shown (-a shows %s)\n", hidden, hidden > 1 ? "s" : "",
		       hidden > 1 ? "them" : "it");
	return r;
}

static int run(struct ctx *ctx, struct error *err)
{
	_cleanup_snapshot_ struct snapshot *now = NULL;
	_cleanup_process_ struct process p = PROCESS_NONE;
	struct view view;
	int pid, r;

	if (parse_int(ctx->args[0], &pid) < 0 || pid == 0)
		return usage(err, "\"%s\" is not a process id", ctx->args[0]);
	r = ctx_snapshot(ctx, &now, err);
	if (r >= 0)
		r = process_open(&ctx->root, now->cgroups, pid, &p, err);
	if (r < 0)
		return r;
	view.devices = nodeset_minus(&now->topology->possible, &now->classes->system);
	view.designated = config_granted(ctx->config, p.cgroup) != 0 && !leaf_is_ours(p.cgroup);
	return print(ctx, &p, &view, err);
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

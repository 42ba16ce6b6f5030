/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm audit: finds pages on device nodes that no group or rule allows there. */

#include "cdmadm.h"

#include "basic/output.h"
#include "basic/strutil.h"
#include "libcdm/cgroup/cgroup-leaf.h"
#include "listing.h"
#include "process.h"

#include <errno.h>

/*
 * Cheap checks come first: a more expensive file is only read if the cheaper one before it left something to look for.
 * An idle device costs nothing beyond the snapshot. A busy one costs one file per cgroup (memory.numa_stat) and then
 * numa_maps, which walks page tables under the mmap lock, only of those processes that can have a leak.
 */
struct audit {
	struct ctx *ctx;
	const struct snapshot *now;
	struct nodeset nodes;       /* device nodes that hold any pages */
	struct nodeset devices;     /* all device nodes, and absent nodes, which a rule may name before they arrive */
	bool numa_stat;             /* memory.numa_stat can be trusted */
	struct strv clean, unclean; /* cgroups that were asked already */
	struct listing *leaks;
	json_t *unread; /* processes that could not be read: what they hold is unknown */
	uint64_t pages; /* of the leaks */
};

/*
 * Finds the device nodes that hold pages of processes, or may: a captured tree need not tell. *ret_huge: some are
 * hugetlb pages.
 */
static struct nodeset find_used(const struct snapshot *now, bool *ret_huge)
{
	struct nodeset used = NODESET_EMPTY;
	bool huge = false;

	for (size_t i = 0; i < now->topology->n_nodes; i++) {
		const struct node *n = &now->topology->nodes[i];
		const uint64_t huge_bytes = hugepages_used(&now->hugepages, n->id);

		if (!nodeset_has(&now->classes->device, n->id) || !nodeset_has(&now->topology->has_memory, n->id))
			continue;
		if (n->used || huge_bytes)
			nodeset_add(&used, n->id);
		huge |= huge_bytes != 0;
	}
	*ret_huge = huge;
	return used;
}

/* Whether the memory controller reports that the cgroup and all below it have nothing on the nodes. */
static int ask_numa_stat(struct audit *a, const char *path, bool *ret_clean, struct error *err)
{
	_cleanup_free_ char *dir = NULL;
	uint64_t bytes = 0;
	int r;

	*ret_clean = strv_has(&a->clean, path);
	if (*ret_clean || strv_has(&a->unclean, path))
		return 0;
	if (asprintf(&dir, "%s/%s", a->now->cgroups->mount, path) < 0) {
		dir = NULL;
		return fail(err, -ENOMEM, "%m");
	}
	r = cgroup_bytes_on(&a->ctx->root, dir, &a->nodes, &bytes, err);
	/* There is no memory controller, or no such cgroup any more: the answer is not known. */
	if (r == -ENOENT || r == -ENODEV)
		error_reset(err);
	else if (r < 0)
		return r;
	*ret_clean = r >= 0 && bytes == 0;
	r = strv_add(*ret_clean ? &a->clean : &a->unclean, path);
	return r < 0 ? fail(err, r, "%m") : 0;
}

/* Asks from the top down, so that one answer covers a whole subtree. The root is not asked: it is never clean. */
static int is_clean(struct audit *a, const char *path, bool *ret, struct error *err)
{
	bool clean = false;

	for (const char *p = path; a->numa_stat && *p && !clean;) {
		_cleanup_free_ char *above = NULL;
		int r;

		p += strspn(p, "/");
		p += strcspn(p, "/");
		above = strndup(path, (size_t)(p - path));
		if (!above)
			return fail(err, -ENOMEM, "%m");
		r = ask_numa_stat(a, above, &clean, err);
		if (r < 0)
			return r;
	}
	*ret = clean;
	return 0;
}

static int add_leak(struct audit *a, const struct process *p, const struct vma *vma, const struct node_pages *on,
		    struct error *err)
{
	_cleanup_free_ char *range = vma_range(vma);
	_cleanup_json_ json_t *cgroup = json_foreign(p->cgroup);
	json_t *leak = json_pack("{s:i, s:o, s:o, s:s, s:s, s:o, s:i, s:I}", "pid", (int)p->pid, "comm",
				 json_foreign(p->comm), "cgroup", json_sprintf("/%s", json_string_value(cgroup)), "vma",
				 range, "what", vma_what_name(vma->what), "name", json_foreign(vma->name ? vma->name : ""),
				 "node", on->node, "pages", (json_int_t)on->pages);

	a->pages += on->pages;
	return listing_add(a->leaks, leak, err);
}

/*
 * Outside the groups every page is a leak; inside, a page on a node that the group is not granted. For a launched
 * program the report's stricter rule holds: a mapping that no rule has bound to a device node should have no page
 * there. The task policy of the program kept it off the device; if the program has set another one since (numactl,
 * set_mempolicy(2)), that is no rule.
 */
static int audit_vma(struct audit *a, const struct process *p, const struct nodeset *granted, const struct vma *vma,
		     struct error *err)
{
	const bool eligible = !leaf_is_ours(p->cgroup) || vma_is_bound(vma, &a->devices);
	int r = 0;

	for (size_t i = 0; i < vma->n_on && r >= 0; i++) {
		const struct node_pages *on = &vma->on[i];

		if (nodeset_has(&a->nodes, on->node) && on->pages && !(eligible && nodeset_has(granted, on->node)))
			r = add_leak(a, p, vma, on, err);
	}
	return r;
}

static int audit_vmas(struct audit *a, const struct process *p, const struct nodeset *granted, struct error *err)
{
	_cleanup_vma_stream_ struct vma_stream *vmas = NULL;
	int r = process_vmas(&a->ctx->root, p, &vmas, err);

	while (r >= 0) {
		_cleanup_vma_ struct vma vma = VMA_NONE;

		r = vma_stream_next(vmas, &vma, err);
		if (r <= 0)
			break;
		r = audit_vma(a, p, granted, &vma, err);
	}
	return r;
}

static int audit_process(struct audit *a, pid_t pid, struct error *err)
{
	_cleanup_process_ struct process p = PROCESS_NONE;
	struct nodeset granted;
	bool clean = false;
	int r = process_open(&a->ctx->root, a->now->cgroups, pid, &p, err);

	if (r < 0)
		return r;
	granted = classify_nodes_of(a->now->classes, config_granted(a->ctx->config, p.cgroup));
	/*
	 * A process may use all that its group is granted, unless it was launched: then the stricter rule must be
	 * checked.
	 */
	if (nodeset_subset(&a->nodes, &granted) && !leaf_is_ours(p.cgroup))
		return 0;
	r = is_clean(a, p.cgroup, &clean, err);
	return r < 0 || clean ? r : audit_vmas(a, &p, &granted, err);
}

/*
 * A process can make itself unreadable, for example by mappings with very long names. That must not hide the leaks of
 * others.
 */
static int add_unread(struct audit *a, pid_t pid, const struct error *why)
{
	_cleanup_free_ char *comm = NULL;
	json_t *process;

	(void)root_read_line(&a->ctx->root, &comm, "proc/%d/comm", (int)pid);
	process = json_pack("{s:i, s:o, s:o}", "pid", (int)pid, "comm", json_foreign(comm ? comm : ""), "why",
			    json_foreign(error_text(why)));
	return json_array_append_new(a->unread, process) < 0 ? -ENOMEM : 0;
}

static int audit_processes(struct audit *a, struct error *err)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	int r = root_list(&a->ctx->root, &names, "proc");

	if (r < 0)
		return fail(err, r, "/proc: %m");
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_error_ struct error why = ERROR_NONE;
		int pid;

		if (parse_int(names.s[i], &pid) < 0)
			continue;
		r = audit_process(a, pid, &why);
		/* A process that has ended has no pages any more. */
		if (r < 0 && r != -ESRCH && add_unread(a, pid, &why) < 0)
			return fail(err, -ENOMEM, "%m");
	}
	return 0;
}

static const struct column columns[] = {
	{ "pid", "PID", .right = true },
	{ "comm", "COMMAND" },
	{ "cgroup", "CGROUP" },
	{ "vma", "MAPPING" },
	{ "what", "WHAT" },
	{ "node", "NODE", .right = true },
	{ "pages", "PAGES", .right = true },
	{ "name", "NAME" },
};

static void print_unread(const struct audit *a)
{
	size_t i;
	json_t *process;

	json_array_foreach(a->unread, i, process) {
		printf("not looked at: process %d (", (int)json_integer_value(json_object_get(process, "pid")));
		print_foreign(stdout, json_string_value(json_object_get(process, "comm")));
		fputs("): ", stdout);
		print_foreign(stdout, json_string_value(json_object_get(process, "why")));
		putchar('\n');
	}
}

/* Prints what follows the leaks. */
static void print_end(const struct audit *a)
{
	print_unread(a);
	if (a->pages)
		printf("%llu page%s on device nodes that do not belong there\n", (unsigned long long)a->pages,
		       a->pages == 1 ? "" : "s");
	else
		puts(json_array_size(a->unread) ? "no leak in what could be looked at" : "clean: no leak");
}

static json_t *tail_of(const struct audit *a)
{
	json_t *tail = json_pack("{s:I}", "pages", (json_int_t)a->pages);

	if (tail && json_array_size(a->unread))
		json_object_set(tail, "unread", a->unread);
	return tail;
}

static int run(struct ctx *ctx, struct error *err)
{
	_cleanup_snapshot_ struct snapshot *now = NULL;
	_cleanup_json_ json_t *unread = json_array();
	_cleanup_listing_ struct listing leaks = { .json = ctx->json, .columns = columns, .n_columns = ELEMENTSOF(columns) };
	struct audit a = { .ctx = ctx, .leaks = &leaks, .unread = unread };
	bool huge = false;
	int r = ctx_snapshot(ctx, &now, err);

	if (r < 0)
		return r;
	a.now = now;
	a.devices = nodeset_minus(&now->topology->possible, &now->classes->system);
	a.nodes = find_used(now, &huge);
	/*
	 * On v1 the memory controller is in another hierarchy than cpuset, and hugetlb pages are not in its numa_stat.
	 * Its counts are up to two seconds late for the last few pages (FLUSH_TIME, mm/memcontrol.c).
	 */
	a.numa_stat = now->cgroups->world != WORLD_V1 && !huge;
	r = listing_begin(&leaks, json_object(), "leaks", err);
	if (r < 0)
		return r;
	if (!nodeset_empty(&a.nodes))
		r = audit_processes(&a, err);
	strv_free(&a.clean);
	strv_free(&a.unclean);
	if (r < 0)
		listing_cut(&leaks, err);
	else
		r = listing_end(&leaks, tail_of(&a), err);
	if (r >= 0 && !ctx->json)
		print_end(&a);
	return r < 0 ? r : a.pages || json_array_size(unread) ? EXIT_FOUND : EXIT_CLEAN;
}

const struct verb verb_audit = {
	.name = "audit",
	.args = "",
	.help = "find pages on device nodes that do not belong there",
	.root_because = "it reads the memory maps of every process",
	.run = run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The report: counts the pages of one process, by rule and by node. */

#include "launch-report-internal.h"

#include "basic/array.h"
#include "basic/strutil.h"
#include "zoneinfo.h"

#include <errno.h>

const char *spill_name(enum spill s)
{
	static const char *const names[] = {
		[SPILL_FULL] = "full",
		[SPILL_NOT_GRANTED] = "not-granted",
		[SPILL_CACHE] = "page-cache",
		[SPILL_UNKNOWN] = "unknown",
	};

	return names[s];
}

int tally_add(struct tally *t, int node, uint64_t pages)
{
	size_t at = 0;

	while (at < t->n && t->v[at].node < node)
		at++;
	if (at == t->n || t->v[at].node != node) {
		if (!GROW(t->v, t->n))
			return -ENOMEM;
		memmove(&t->v[at + 1], &t->v[at], (t->n - 1 - at) * sizeof(*t->v));
		t->v[at] = (struct node_pages){ .node = node };
	}
	t->v[at].pages += pages;
	return 0;
}

/* One process ------------------------------------------------------------------------------------------------------ */

struct look {
	struct report *r;
	const struct root *root;
	struct report_process *process;
	struct matcher matcher;
	struct nodeset allowed; /* nodes of its cpuset */
	char *zoneinfo;         /* NULL: not read yet */
};

static struct report_place *place_of(struct report *r, uint64_t rules)
{
	struct report_place *place;

	for (size_t i = 0; i < r->n_places; i++)
		if (r->places[i].rules == rules)
			return &r->places[i];
	place = GROW(r->places, r->n_places);
	if (place)
		place->rules = rules;
	return place;
}

static void tell_full(struct look *look, const struct nodeset *nodes)
{
	struct report *r = look->r;

	free(TAKE_PTR(r->full));
	NODESET_FOREACH(node, nodes) {
		struct zone_room room;
		_cleanup_free_ char *before = r->full;

		r->full = NULL;
		if (zone_room(look->zoneinfo, node, &room) >= 0 &&
		    asprintf(&r->full, "%s%snode %d: %s of %s free", before ? before : "", before ? ", " : "", node,
			     SIZE_STR(room.free), SIZE_STR(room.size)) < 0)
			r->full = NULL;
	}
}

/* Why pages of this VMA are elsewhere, as the nodes are now, while its memory still exists. */
static enum spill why_spilled(struct look *look, const struct vma *vma, const struct nodeset *wanted)
{
	const struct nodeset granted = nodeset_and(wanted, &look->allowed);
	bool full = true;

	if (vma->what == VMA_FILE || vma->what == VMA_TEXT || vma->what == VMA_DATA)
		return SPILL_CACHE;
	if (!look->zoneinfo)
		(void)root_read(look->root, &look->zoneinfo, NULL, "proc/zoneinfo");
	if (nodeset_empty(&granted))
		return SPILL_NOT_GRANTED;
	NODESET_FOREACH(node, &granted) {
		struct zone_room room;

		/* An absent node has no room. */
		full = full && look->zoneinfo && (zone_room(look->zoneinfo, node, &room) < 0 || zone_is_full(&room));
	}
	if (full)
		tell_full(look, &granted);
	return full ? SPILL_FULL : SPILL_UNKNOWN;
}

static int count_allowed(struct look *look, const struct vma *vma, uint64_t rules)
{
	struct report_place *place = place_of(look->r, rules);
	const struct nodeset wanted = match_nodes(look->r->l, rules);
	uint64_t spilled = 0;

	if (!place)
		return -ENOMEM;
	for (size_t i = 0; i < vma->n_on; i++) {
		const struct node_pages *on = &vma->on[i];

		if (tally_add(&place->pages, on->node, on->pages) < 0 ||
		    tally_add(&look->process->pages, on->node, on->pages) < 0)
			return -ENOMEM;
		if (!nodeset_has(&wanted, on->node))
			spilled += on->pages;
	}
	if (spilled)
		place->spilled[why_spilled(look, vma, &wanted)] += spilled;
	/* In a chunk, address space that is reserved but not bound yet is not counted. */
	look->process->bound += vma_policy_names(vma, &wanted);
	look->r->shares = look->r->shares || (vma->is_shared && vma->n_on);
	return 0;
}

/* Copies a VMA without its nodes. */
static int copy_vma(const struct vma *vma, struct vma *ret)
{
	struct vma copy = { .start = vma->start, .end = vma->end, .what = vma->what, .page_size = vma->page_size };

	copy.policy = strdup(vma->policy);
	copy.name = vma->name ? strdup(vma->name) : NULL;
	if (!copy.policy || (vma->name && !copy.name)) {
		free(copy.policy);
		free(copy.name);
		return -ENOMEM;
	}
	*ret = copy;
	return 0;
}

static int count_leak(struct look *look, const struct vma *vma, const struct node_pages *on)
{
	struct report *r = look->r;
	struct report_leak *leak;

	r->leak_pages += on->pages;
	if (r->n_leaks == LEAKS_SHOWN)
		return 0;
	leak = GROW(r->leaks, r->n_leaks);
	if (!leak)
		return -ENOMEM;
	leak->pid = look->process->pid;
	leak->comm = strdup(look->process->comm);
	leak->node = on->node;
	leak->pages = on->pages;
	return leak->comm ? copy_vma(vma, &leak->vma) : -ENOMEM;
}

static int explain(struct look *look, struct vma *vma)
{
	struct report *r = look->r;
	struct report_vma *v = GROW(r->vmas, r->n_vmas);
	int e = v ? copy_vma(vma, &v->vma) : -ENOMEM;

	if (e < 0) {
		r->n_vmas -= v != NULL;
		return e;
	}
	v->vma.on = TAKE_PTR(vma->on);
	v->vma.n_on = TAKE(vma->n_on, 0);
	v->pid = look->process->pid;
	v->ruling = match_ruling(&look->matcher, vma, &v->rules);
	return 0;
}

static int count_vma(struct look *look, struct vma *vma)
{
	const uint64_t rules = match_rules(&look->matcher, vma);
	int e = rules ? count_allowed(look, vma, rules) : 0;

	for (size_t i = 0; !rules && e >= 0 && i < vma->n_on; i++)
		if (!nodeset_has(&look->r->l->system, vma->on[i].node))
			e = count_leak(look, vma, &vma->on[i]);
	return e >= 0 && look->r->l->report.explain ? explain(look, vma) : e;
}

/* The rules that have allowed something. Without counts, any of them may have. */
static uint64_t used_rules(const struct report *r)
{
	const struct counts_rule *rules = r->counts ? r->counts->rules : r->rules;
	uint64_t used = 0;

	if (r->counts && !r->counts->images)
		return ~UINT64_C(0);
	for (size_t i = 0; i < PLACEMENT_RULES; i++)
		used |= __atomic_load_n(&rules[i].ranges, __ATOMIC_RELAXED) ? RULE_BIT(i) : 0;
	return used;
}

static struct matcher matcher_of(const struct report *r, pid_t image)
{
	uint64_t n = r->counts ? __atomic_load_n(&r->counts->n_chunks, __ATOMIC_RELAXED) : 0;

	return (struct matcher){ .l = r->l,
				 .used = used_rules(r),
				 .chunks = r->counts ? r->counts->chunks : NULL,
				 .n_chunks = n < COUNTS_CHUNKS ? n : COUNTS_CHUNKS,
				 .image = image };
}

/* Whether the VMA maps the preload library, under any path. */
static bool is_library(const struct vma *vma, const char *library)
{
	const char *file = vma->name ? strrchr(vma->name, '/') : NULL, *wanted = library ? strrchr(library, '/') : NULL;

	return file && wanted && after_prefix(file, wanted);
}

static int count_vmas(struct look *look, struct vma_stream *vmas, struct error *err)
{
	int e = 0;

	while (e >= 0) {
		_cleanup_vma_ struct vma vma = VMA_NONE;

		e = vma_stream_next(vmas, &vma, err);
		if (e <= 0)
			break;
		look->process->vmas++;
		look->process->has_library |= is_library(&vma, look->r->l->preload);
		e = count_vma(look, &vma);
	}
	return e;
}

int report_look(struct report *r, const struct root *root, const struct trace_process *p, struct error *err)
{
	_cleanup_vma_stream_ struct vma_stream *vmas = NULL;
	struct look look = { .r = r, .root = root, .matcher = matcher_of(r, p->image) };
	int e;

	look.process = GROW(r->processes, r->n_processes);
	if (!look.process)
		return -ENOMEM;
	look.process->pid = p->pid;
	look.process->status = p->status;
	if (root_read_line(root, &look.process->comm, "proc/%d/comm", (int)p->tid) < 0)
		look.process->comm = strdup("?");
	if (!look.process->comm)
		return -ENOMEM;
	if (p->shares)
		return 0;
	e = process_nodes(root, p->tid, &look.allowed);
	if (e < 0)
		return fail(err, e, "process %d: %m", (int)p->pid);
	e = vma_stream_of_pid(root, p->tid, &vmas, err);
	if (e >= 0)
		e = count_vmas(&look, vmas, err);
	look.process->looked_at = e >= 0;
	free(look.zoneinfo);
	return e;
}

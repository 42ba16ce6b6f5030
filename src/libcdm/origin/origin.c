/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where the memory of a node came from, decided by the strongest signal. */

#include "origin.h"

#include "basic/strutil.h"
#include "evidence.h"
#include "source-devices.h"
#include "source.h"

#include <errno.h>

/* One kind of address range, and the nodes whose memory lies entirely in such ranges. */
struct cover {
	struct nodeset nodes;
	const struct ranges *ranges;
};

/* Whether the ranges from the i-th on cover the whole of start to end; a block may span several adjacent ranges. */
static bool covers(const struct ranges *r, size_t i, uint64_t start, uint64_t end)
{
	while (i < r->n && r->v[i].start <= start && r->v[i].end < end)
		start = r->v[i++].end + 1;
	return i < r->n && r->v[i].start <= start && end <= r->v[i].end;
}

/*
 * A node that also has other memory is not counted: fencing it would take that memory away from all cgroups. Blocks and
 * ranges are both sorted.
 */
static void cover_make(const struct topology *t, const struct ranges *ranges, struct cover *ret)
{
	struct nodeset in = NODESET_EMPTY, out = NODESET_EMPTY;
	size_t at = 0;

	*ret = (struct cover){ .ranges = ranges };
	for (size_t i = 0; ranges->n && i < t->n_blocks; i++) {
		const struct block *b = &t->blocks[i];
		uint64_t start, end;
		bool found = false;

		if (b->node < 0)
			continue;
		if (!__builtin_mul_overflow(b->id, t->block_size, &start) &&
		    !__builtin_add_overflow(start, t->block_size - 1, &end)) {
			while (at < ranges->n && ranges->v[at].end < start)
				at++;
			found = covers(ranges, at, start, end);
		}
		nodeset_add(found ? &in : &out, b->node);
	}
	ret->nodes = nodeset_minus(&in, &out);
}

/* Everything that is known, to judge one node after the other. */
struct look {
	const struct root *root;
	const struct signals *s;
	const struct topology *t;
	const struct nodeset *known;
	struct nodeset generic_initiators;
	struct cover kmem, nvidia, windows, reserved, regions, coherent;
};

static bool is_within(const struct cover *c, const struct node *n)
{
	return nodeset_has(&c->nodes, n->id);
}

/* Reports each of the ranges in which the node has memory. */
static void tell_range(const struct look *l, struct teller *w, const struct cover *c, enum origin says, const char *source)
{
	for (size_t i = 0; is_within(c, w->node) && i < c->ranges->n; i++) {
		const struct range *r = &c->ranges->v[i];

		if (topology_node_within(l->t, w->node->id, r->start, r->end))
			tell(w, KEY_ORIGIN, says, source, "%llx-%llx", (unsigned long long)r->start,
			     (unsigned long long)r->end);
	}
}

static bool is_cxl_dax(const struct devices *dax, int node)
{
	for (size_t i = 0; i < dax->n; i++)
		if (dax->v[i].node == node && dax->v[i].cxl)
			return true;
	return false;
}

static void tell_kmem(const struct look *l, struct teller *w)
{
	const struct node *n = w->node;

	if (is_within(&l->regions, n) || is_cxl_dax(&l->s->dax, n->id))
		tell_range(l, w, &l->kmem, ORIGIN_CXL, "/proc/iomem: System RAM (kmem), of a CXL region");
	else if (is_within(&l->windows, n))
		tell_range(l, w, &l->kmem, ORIGIN_CXL, "/proc/iomem: System RAM (kmem), in a CXL window");
	else
		tell_range(l, w, &l->kmem, ORIGIN_DAX, "/proc/iomem: System RAM (kmem)");
}

/*
 * A target_node is no proof if the node has CPUs, or if /proc/iomem shows its memory: the node may have other memory.
 */
static void tell_dax(const struct look *l, struct teller *w)
{
	const struct node *n = w->node;

	for (size_t i = 0; i < l->s->dax.n; i++) {
		const struct device *d = &l->s->dax.v[i];
		bool proof = d->online && n->state != NODE_ABSENT && !n->has_cpu && !l->s->has_iomem;

		if (d->node != n->id)
			continue;
		tell(w, KEY_ORIGIN,
		     !proof ? ORIGIN_NONE :
		     d->cxl ? ORIGIN_CXL :
			      ORIGIN_DAX,
		     !d->online ? "/sys/bus/dax: target_node of a device that is not kmem's" :
		     d->cxl     ? "/sys/bus/dax: target_node of a CXL region's kmem device" :
				  "/sys/bus/dax: target_node of a kmem device",
		     "%s", d->name);
	}
}

static void tell_gpu(const struct look *l, struct teller *w)
{
	const struct node *n = w->node;

	for (size_t i = 0; i < l->s->gpus.n; i++) {
		const struct device *d = &l->s->gpus.v[i];
		bool proof = d->online && n->state != NODE_ABSENT && !n->has_cpu;

		if (d->node == n->id)
			tell(w, KEY_ORIGIN, proof ? ORIGIN_NVIDIA : ORIGIN_NONE, "/proc/driver/nvidia: numa_status",
			     "%s, %s", d->name, d->state);
	}
}

/* CXL memory that no driver added: firmware did, or mapped it as ordinary memory of the boot. */
static void tell_cxl(const struct look *l, struct teller *w)
{
	enum origin says = w->node->has_cpu ? ORIGIN_NONE : ORIGIN_CXL;

	tell_range(l, w, &l->regions, says, "/sys/bus/cxl: memory of a region");
	tell_range(l, w, &l->windows, says, "/proc/iomem: CXL Window");
	tell_range(l, w, &l->reserved, ORIGIN_NONE, "/proc/iomem: Soft Reserved");
}

/* Reports what remains if no device is known to have brought the memory. */
static void tell_memory(const struct look *l, struct teller *w)
{
	const struct node *n = w->node;

	bool watched = l->known && !nodeset_empty(l->known), first = watched && nodeset_has(l->known, n->id);

	if (n->state == NODE_ABSENT || n->state == NODE_UNKNOWN)
		return;
	if (watched && !first)
		tell(w, KEY_ORIGIN, ORIGIN_ACPI, "its memory came while the system ran", NULL);
	else if (!n->has_cpu && n->state == NODE_OFFLINE)
		tell(w, KEY_ORIGIN, ORIGIN_ACPI, "CPU-less, its memory wholly offline", NULL);
	else if (!n->has_cpu && n->zone == ZONE_MOVABLE)
		tell(w, KEY_ORIGIN, ORIGIN_ACPI, "CPU-less, its memory wholly movable", NULL);
	else if (n->has_cpu || first || n->zone != ZONE_UNKNOWN)
		tell(w, KEY_ORIGIN, ORIGIN_BOOT, "memory of the boot", NULL);
}

/* The strongest signal that is a proof decides. */
static void decide(struct node *n, size_t first_cxl)
{
	n->origin = ORIGIN_NONE;
	n->origin_why = n->state == NODE_ABSENT ? "no memory" : "nothing tells";
	for (size_t i = 0; i < n->n_evidence && n->origin == ORIGIN_NONE; i++) {
		const struct evidence *e = &n->evidence[i];

		if (e->key != KEY_ORIGIN || e->says == ORIGIN_NONE)
			continue;
		n->origin = e->says;
		n->origin_why = e->source;
		n->ordinary = i >= first_cxl && e->says == ORIGIN_CXL;
	}
}

static int judge(const struct look *l, struct node *n)
{
	struct teller w = { .node = n };
	size_t first_cxl;

	/* The order is that of the signals' strength. */
	tell_kmem(l, &w);
	tell_dax(l, &w);
	tell_range(l, &w, &l->nvidia, ORIGIN_NVIDIA, "/proc/iomem: System RAM (NVIDIA)");
	tell_gpu(l, &w);
	tell_range(l, &w, &l->coherent, ORIGIN_NVIDIA, "device tree: ibm,coherent-device-memory");
	first_cxl = n->n_evidence;
	tell_cxl(l, &w);
	tell_memory(l, &w);
	decide(n, first_cxl);
	if (w.r >= 0)
		w.r = owners_of(l->root, l->s, l->t, is_within(&l->regions, n), n);
	tell_rest(l->root, &l->generic_initiators, &w);
	return w.r;
}

int origin_detect(const struct root *root, const struct nodeset *known, struct topology *t)
{
	_cleanup_signals_ struct signals s = { 0 };
	_cleanup_free_ struct look *l = calloc(1, sizeof(*l));
	int r = l ? signals_read(root, &s) : -ENOMEM;

	if (r < 0)
		return r;
	*l = (struct look){ .root = root, .s = &s, .t = t, .known = known };
	if (root_read_nodes(root, &l->generic_initiators, "sys/devices/system/node/has_generic_initiator") < 0)
		l->generic_initiators = NODESET_EMPTY;
	cover_make(t, &s.kmem, &l->kmem);
	cover_make(t, &s.nvidia, &l->nvidia);
	cover_make(t, &s.windows, &l->windows);
	cover_make(t, &s.reserved, &l->reserved);
	cover_make(t, &s.regions, &l->regions);
	cover_make(t, &s.coherent, &l->coherent);
	for (size_t i = 0; r >= 0 && i < t->n_nodes; i++)
		r = judge(l, &t->nodes[i]);
	return r < 0 ? r : owners_absent(&s, t);
}

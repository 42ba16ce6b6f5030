/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The nodes one by one as sysfs shows them: CPUs, blocks, memory, distance. */

#include "node-read.h"

#include "basic/strutil.h"

#include <errno.h>

#define NODE_DIR "sys/devices/system/node"

/* The numbers of a node's blocks. */
struct tally {
	size_t all, online, movable, kernel, unknown;
};

/* Counts in one pass over the blocks; tallies is indexed by node number. */
static void count_blocks(const struct topology *t, struct tally *tallies)
{
	for (size_t i = 0; i < t->n_blocks; i++) {
		const struct block *b = &t->blocks[i];
		struct tally *n = b->node < 0 ? NULL : &tallies[b->node];

		if (!n)
			continue;
		n->all++;
		if (b->state == BLOCK_OFFLINE)
			continue;
		/* The pages of a block that is going offline still exist, but its zone cannot be read any more. */
		n->online++;
		n->movable += b->zone == ZONE_MOVABLE;
		/*
		 * On a node without movable blocks, a block that spans zones spans DMA and Normal, like the first one
		 * of every PC.
		 */
		n->kernel += b->zone == ZONE_KERNEL || b->zone == ZONE_MIXED;
		n->unknown += b->zone == ZONE_UNKNOWN;
	}
}

/* Sets the state of a node from its blocks. */
static void sum_blocks(const struct tally *b, uint64_t block_size, struct node *n)
{
	n->zone = b->movable && b->kernel ? ZONE_MIXED :
		  b->unknown              ? ZONE_UNKNOWN :
		  b->movable              ? ZONE_MOVABLE :
		  b->kernel               ? ZONE_KERNEL :
					    ZONE_NONE;
	n->size = b->all && !block_size ? BYTES_UNKNOWN : b->all * block_size;
	n->online = b->online && !block_size ? BYTES_UNKNOWN : b->online * block_size;
	n->state = b->all == 0        ? NODE_ABSENT :
		   b->online == 0     ? NODE_OFFLINE :
		   b->online < b->all ? NODE_PARTIAL :
					NODE_ONLINE;
}

/* For memory without blocks: there is no memory hotplug, or the node shares its only block with another node. */
static void take_total(uint64_t total, struct node *n)
{
	n->state = NODE_ONLINE;
	n->zone = ZONE_UNKNOWN;
	n->size = n->online = total;
}

static int read_meminfo(const struct root *root, const struct topology *t, const struct masks *masks, struct node *n)
{
	struct meminfo m = MEMINFO_UNKNOWN;
	int r = meminfo_read(root, n->id, &m);

	n->free = m.free;
	n->used = meminfo_used(&m);
	if (n->state == NODE_ABSENT && m.total > 0) {
		if (m.total != BYTES_UNKNOWN || nodeset_has(&t->has_memory, n->id))
			take_total(m.total, n);
		else if (!masks->has_memory)
			n->state = NODE_UNKNOWN;
	}
	if (n->state == NODE_ABSENT)
		n->free = n->used = 0;
	else if (n->state == NODE_UNKNOWN)
		n->size = n->online = BYTES_UNKNOWN;
	return r;
}

/* Whether nodeN/cpumap contains a CPU: groups of hexadecimal digits (lib/bitmap.c, bitmap_print_to_pagebuf()). */
static int read_cpumap(const struct root *root, int node, bool *ret)
{
	_cleanup_free_ char *map = NULL;
	int r = root_read_line(root, &map, NODE_DIR "/node%d/cpumap", node);

	if (r >= 0)
		*ret = map[strspn(map, "0,")] != '\0';
	return r;
}

/*
 * Any sign of a CPU counts: cpulist and the mask have only online CPUs, but the links to cpuN exist for offline ones
 * too (register_cpu_under_node()). If nothing shows whether a node has CPUs, it is taken to have some.
 */
static int read_cpus(const struct root *root, const struct masks *m, struct node *n)
{
	bool mapped = false;
	int r = root_read_line(root, &n->cpus, NODE_DIR "/node%d/cpulist", n->id);

	if (r == -ENOENT)
		r = read_cpumap(root, n->id, &mapped);
	if (r == -ENOENT)
		mapped = !m->has_cpu;
	n->has_cpu |= nodeset_has(&m->listed.with_cpus, n->id) || mapped || (n->cpus && *n->cpus);
	if (n->cpus || n->has_cpu)
		return r;
	n->cpus = strdup("");
	return n->cpus ? r : -ENOMEM;
}

/* nodeN/distance has one column for each online node (node_read_distance()). */
static int read_distance(const struct root *root, const struct topology *t, const struct masks *m, struct node *n)
{
	const struct nodeset *online = m->has_online ? &m->online : &m->listed.exists;
	_cleanup_free_ char *text = NULL;
	_cleanup_strv_ struct strv columns = STRV_NONE;
	int node = nodeset_next(online, 0);
	int r = root_read_line(root, &text, NODE_DIR "/node%d/distance", n->id);

	if (r >= 0)
		r = strv_split(text, " ", &columns);
	/* A node came or went between the two reads, so the columns cannot be assigned. */
	if (r < 0 || columns.n != (size_t)nodeset_count(online))
		return r;
	for (size_t i = 0; i < columns.n; i++, node = nodeset_next(online, node + 1)) {
		int distance;

		if (node == n->id || !nodeset_has(&t->has_cpu, node) || parse_int(columns.s[i], &distance) < 0)
			continue;
		if (n->distance < 0 || distance < n->distance)
			n->distance = distance;
	}
	return 0;
}

/*
 * A node that vanishes meanwhile keeps the values of its blocks until the next look; values that a captured tree lacks
 * are unknown.
 */
static bool is_missing(int r)
{
	return r == -ENOENT || r == -ENODEV;
}

static int fill(const struct root *root, const struct masks *m, const struct tally *tally, struct topology *t,
		struct node *n)
{
	int r;

	if (!n->exists) {
		n->cpus = strdup("");
		return n->cpus ? 0 : -ENOMEM;
	}
	sum_blocks(tally, t->block_size, n);
	r = read_cpus(root, m, n);
	if (r >= 0 || is_missing(r))
		r = read_meminfo(root, t, m, n);
	if (n->has_cpu)
		nodeset_add(&t->has_cpu, n->id);
	if (!m->has_memory && (n->state == NODE_ONLINE || n->state == NODE_PARTIAL))
		nodeset_add(&t->has_memory, n->id);
	return is_missing(r) ? 0 : r;
}

int nodes_fill(const struct root *root, const struct masks *m, struct topology *t, struct error *err)
{
	_cleanup_free_ struct tally *tallies = calloc(NODESET_MAX, sizeof(*tallies));
	int r = 0;

	t->nodes = calloc((size_t)nodeset_count(&t->possible), sizeof(*t->nodes));
	if (!t->nodes || !tallies)
		return fail(err, -ENOMEM, "/" NODE_DIR ": %m");
	count_blocks(t, tallies);
	NODESET_FOREACH(id, &t->possible) {
		struct node *n = &t->nodes[t->n_nodes++];

		*n = (struct node){
			.id = id,
			.exists = nodeset_has(&m->listed.exists, id),
			.has_cpu = nodeset_has(&t->has_cpu, id),
			.distance = -1,
			.tier = -1,
		};
		r = fill(root, m, &tallies[id], t, n);
		if (r < 0)
			return fail(err, r, "/" NODE_DIR "/node%d: %m", id);
	}
	/* Distances are those from CPUs, so all nodes' CPUs must be known first. */
	for (size_t i = 0; i < t->n_nodes; i++) {
		r = t->nodes[i].exists ? read_distance(root, t, m, &t->nodes[i]) : 0;
		if (r < 0 && !is_missing(r))
			return fail(err, r, "/" NODE_DIR "/node%d/distance: %m", t->nodes[i].id);
	}
	return 0;
}

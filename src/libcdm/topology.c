/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "topology.h"

#include "basic/strutil.h"
#include "block.h"
#include "meminfo.h"
#include "origin.h"

#include <errno.h>

#define NODE_DIR "sys/devices/system/node"
#define TIER_DIR "sys/devices/virtual/memory_tiering"

static const char *const origin_names[N_ORIGINS] = {
	[ORIGIN_NONE] = "none", [ORIGIN_BOOT] = "boot", [ORIGIN_ACPI] = "acpi",
	[ORIGIN_DAX] = "dax",   [ORIGIN_CXL] = "cxl",   [ORIGIN_NVIDIA] = "nvidia",
};

const char *origin_name(enum origin o)
{
	return origin_names[o];
}

int origin_from_name(const char *name)
{
	for (int o = 0; o < N_ORIGINS; o++)
		if (streq(name, origin_names[o]))
			return o;
	return -EINVAL;
}

const char *zone_name(enum zone z)
{
	static const char *const names[] = {
		[ZONE_NONE] = "",
		[ZONE_KERNEL] = "Normal",
		[ZONE_MOVABLE] = "Movable",
		[ZONE_MIXED] = "mixed",
	};

	return names[z];
}

const char *node_state_name(enum node_state s)
{
	static const char *const names[] = {
		[NODE_ABSENT] = "absent",
		[NODE_OFFLINE] = "offline",
		[NODE_PARTIAL] = "partial",
		[NODE_ONLINE] = "online",
	};

	return names[s];
}

void topology_forget_blocks(struct topology *t)
{
	free(t->blocks);
	t->blocks = NULL;
	t->n_blocks = 0;
}

const char *node_key_name(enum node_key k)
{
	static const char *const names[N_KEYS] = {
		[KEY_NONE] = "",     [KEY_NODES] = "nodes",       [KEY_ORIGIN] = "origin", [KEY_CPULESS] = "cpuless",
		[KEY_TIER] = "tier", [KEY_DISTANCE] = "distance", [KEY_PCI] = "pci",       [KEY_DRIVER] = "driver",
	};

	return names[k];
}

void topology_free(struct topology *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_nodes; i++) {
		struct node *n = &t->nodes[i];

		free(n->cpus);
		strv_free(&n->pci);
		strv_free(&n->drivers);
		for (size_t j = 0; j < n->n_evidence; j++)
			free(n->evidence[j].found);
		free(n->evidence);
	}
	strv_free(&t->absent);
	strv_free(&t->failed);
	free(t->nodes);
	free(t->blocks);
	free(t->auto_online);
	free(t);
}

const struct node *topology_node(const struct topology *t, int id)
{
	size_t low = 0, n = t->n_nodes;

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (t->nodes[middle].id == id)
			return &t->nodes[middle];
		if (t->nodes[middle].id < id)
			low = middle + 1;
		else
			n = middle;
	}
	return NULL;
}

struct nodeset topology_with_blocks(const struct topology *t)
{
	struct nodeset s = NODESET_EMPTY;

	for (size_t i = 0; i < t->n_nodes; i++)
		if (t->nodes[i].state != NODE_ABSENT)
			nodeset_add(&s, t->nodes[i].id);
	return s;
}

/* A node's blocks, counted. */
struct tally {
	size_t all, online, movable, kernel;
};

/* One pass over the blocks; *tallies is by node number. */
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
		/* While it is going offline its pages are still there; its zone can no longer be asked for. */
		n->online++;
		n->movable += b->zone == ZONE_MOVABLE;
		/* A block that spans zones beside none that is movable spans DMA and Normal, as every PC's first one. */
		n->kernel += b->zone == ZONE_KERNEL || b->zone == ZONE_MIXED;
	}
}

/* The state of a whole node from its blocks. */
static void sum_blocks(const struct tally *b, uint64_t block_size, struct node *n)
{
	n->zone = b->movable && b->kernel ? ZONE_MIXED :
		  b->movable              ? ZONE_MOVABLE :
		  b->kernel               ? ZONE_KERNEL :
					    ZONE_NONE;
	n->size = b->all * block_size;
	n->online = b->online * block_size;
	n->state = b->all == 0        ? NODE_ABSENT :
		   b->online == 0     ? NODE_OFFLINE :
		   b->online < b->all ? NODE_PARTIAL :
					NODE_ONLINE;
}

static int read_meminfo(const struct root *root, struct node *n)
{
	_cleanup_free_ char *text = NULL;
	uint64_t total = 0;
	int r = root_read(root, &text, NULL, NODE_DIR "/node%d/meminfo", n->id);

	if (r < 0)
		return r;
	meminfo_bytes(text, "MemTotal", &total);
	meminfo_bytes(text, "MemFree", &n->free);
	/* Memory without blocks of its own: no memory hotplug here, or it shares its only block with another node. */
	if (n->state == NODE_ABSENT && total > 0) {
		n->state = NODE_ONLINE;
		n->zone = ZONE_KERNEL;
		n->size = n->online = total;
	}
	return 0;
}

/* nodeN/distance has a column for each online node (node_read_distance()). */
static int read_distance(const struct root *root, const struct nodeset *online, const struct nodeset *has_cpu,
			 struct node *n)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_strv_ struct strv columns = STRV_NONE;
	int node = nodeset_next(online, 0);
	int r = root_read_line(root, &text, NODE_DIR "/node%d/distance", n->id);

	if (r < 0)
		return r;
	r = strv_split(text, " ", &columns);
	/* A node came or went between the two reads: no telling whose columns these are. */
	if (r < 0 || columns.n != (size_t)nodeset_count(online))
		return r;
	for (size_t i = 0; i < columns.n; i++, node = nodeset_next(online, node + 1)) {
		int distance;

		if (node == n->id || !nodeset_has(has_cpu, node) || parse_int(columns.s[i], &distance) < 0)
			continue;
		if (n->distance < 0 || distance < n->distance)
			n->distance = distance;
	}
	return 0;
}

static int read_node(const struct root *root, const struct topology *t, const struct nodeset *online, struct node *n)
{
	int r = root_read_line(root, &n->cpus, NODE_DIR "/node%d/cpulist", n->id);

	if (r >= 0)
		r = read_meminfo(root, n);
	if (r >= 0)
		r = read_distance(root, online, &t->has_cpu, n);
	/* It vanished meanwhile; what its blocks said still stands until the next look. */
	return r == -ENOENT || r == -ENODEV ? 0 : r;
}

/*
 * Not read unless somebody goes by it: nodelist_show() waits for memory_tier_lock, and when a tier's last node goes
 * offline, destroy_memory_tier() waits under that lock for all readers of the file to leave (mm/memory-tiers.c). Seen on
 * 6.12: both wait for ever.
 */
static int read_tiers(const struct root *root, struct topology *t)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	int r = root_list(root, &names, TIER_DIR);

	if (r < 0)
		return root_cannot_tell(r) ? r : 0;
	for (size_t i = 0; i < names.n; i++) {
		const char *digits = after_prefix(names.s[i], "memory_tier");
		struct nodeset nodes;
		int tier;

		if (!digits || parse_int(digits, &tier) < 0 ||
		    root_read_nodes(root, &nodes, TIER_DIR "/%s/nodelist", names.s[i]) < 0)
			continue;
		for (size_t j = 0; j < t->n_nodes; j++)
			if (nodeset_has(&nodes, t->nodes[j].id))
				t->nodes[j].tier = tier;
	}
	return 0;
}

static int read_nodes(const struct root *root, const struct nodeset *exists, struct topology *t, struct error *err)
{
	_cleanup_free_ struct tally *tallies = calloc(NODESET_MAX, sizeof(*tallies));
	struct nodeset online;
	int r = root_read_nodes(root, &online, NODE_DIR "/online");

	if (r < 0)
		return fail(err, r, "/" NODE_DIR "/online: %m");
	t->nodes = calloc((size_t)nodeset_count(&t->possible), sizeof(*t->nodes));
	if (!t->nodes || !tallies)
		return fail(err, -ENOMEM, "/" NODE_DIR ": %m");
	count_blocks(t, tallies);
	NODESET_FOREACH(id, &t->possible) {
		struct node *n = &t->nodes[t->n_nodes++];

		*n = (struct node){
			.id = id,
			.exists = nodeset_has(exists, id),
			.has_cpu = nodeset_has(&t->has_cpu, id),
			.distance = -1,
			.tier = -1,
		};
		r = 0;
		if (n->exists) {
			sum_blocks(&tallies[id], t->block_size, n);
			r = read_node(root, t, &online, n);
		}
		if (r >= 0 && !n->cpus) {
			n->cpus = strdup("");
			r = n->cpus ? 0 : -ENOMEM;
		}
		if (r < 0)
			return fail(err, r, "/" NODE_DIR "/node%d: %m", id);
	}
	return 0;
}

static int read_masks(const struct root *root, struct topology *t, struct error *err)
{
	static const char *const names[] = { "possible", "has_memory", "has_cpu" };
	struct nodeset *const masks[] = { &t->possible, &t->has_memory, &t->has_cpu };

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		int r = root_read_nodes(root, masks[i], NODE_DIR "/%s", names[i]);

		if (r == -ENOENT)
			return fail(err, -ENODEV, "/" NODE_DIR "/%s is missing: a kernel with CONFIG_NUMA is needed",
				    names[i]);
		if (r < 0)
			return fail(err, r, "/" NODE_DIR "/%s: %m", names[i]);
	}
	if (nodeset_empty(&t->possible))
		return fail(err, -ENODEV, "/" NODE_DIR "/possible is empty: there is no node to look at");
	return 0;
}

static int read_block_settings(const struct root *root, struct topology *t, struct error *err)
{
	int r = root_read_hex(root, &t->block_size, "sys/devices/system/memory/block_size_bytes");

	if (r < 0 && r != -ENOENT)
		return fail(err, r, "/sys/devices/system/memory/block_size_bytes: %m");
	r = root_read_line(root, &t->auto_online, "sys/devices/system/memory/auto_online_blocks");
	if (r < 0 && r != -ENOENT)
		return fail(err, r, "/sys/devices/system/memory/auto_online_blocks: %m");
	return 0;
}

int topology_read(const struct root *root, const struct nodeset *known, unsigned what, struct topology **ret,
		  struct error *err)
{
	_cleanup_topology_ struct topology *t = calloc(1, sizeof(*t));
	struct blocks blocks = { 0 };
	struct nodeset exists;
	int r;

	if (!t)
		return fail(err, -ENOMEM, "reading the nodes: %m");
	r = read_masks(root, t, err);
	if (r >= 0)
		r = read_block_settings(root, t, err);
	if (r >= 0)
		r = blocks_read(root, t, what & TOPOLOGY_BRIEF, &blocks, &exists, err);
	if (r < 0)
		return r;
	t->blocks = blocks.v;
	t->n_blocks = blocks.n;
	t->newest = blocks.newest;
	r = read_nodes(root, &exists, t, err);
	if (r < 0)
		return r;
	r = what & TOPOLOGY_TIERS ? read_tiers(root, t) : 0;
	if (r >= 0)
		r = origin_detect(root, known, t);
	if (r < 0)
		return fail(err, r, "finding out where the memory came from: %m");
	*ret = TAKE_PTR(t);
	return 0;
}

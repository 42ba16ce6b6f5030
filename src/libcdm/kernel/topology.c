/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Nodes as sysfs shows them: masks, sizes, zones, distances, tiers. */

#include "topology.h"

#include "basic/strutil.h"
#include "memory-block.h"
#include "node-read.h"

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
	return word_index(name, origin_names, N_ORIGINS);
}

static const char *const mmop_names[N_MMOPS] = {
	[MMOP_OFFLINE] = "offline",
	[MMOP_ONLINE] = "online",
	[MMOP_ONLINE_KERNEL] = "online_kernel",
	[MMOP_ONLINE_MOVABLE] = "online_movable",
};

const char *mmop_name(enum mmop m)
{
	return mmop_names[m];
}

int mmop_from_name(const char *name)
{
	return word_index(name, mmop_names, N_MMOPS);
}

const char *zone_name(enum zone z)
{
	static const char *const names[] = {
		[ZONE_NONE] = "",       [ZONE_KERNEL] = "Normal", [ZONE_MOVABLE] = "Movable",
		[ZONE_MIXED] = "mixed", [ZONE_UNKNOWN] = NULL,
	};

	return names[z];
}

const char *node_state_name(enum node_state s)
{
	static const char *const names[] = {
		[NODE_ABSENT] = "absent", [NODE_OFFLINE] = "offline", [NODE_PARTIAL] = "partial",
		[NODE_ONLINE] = "online", [NODE_UNKNOWN] = NULL,
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

bool topology_node_within(const struct topology *t, int node, uint64_t start, uint64_t end)
{
	size_t low = 0, n = t->n_blocks;

	if (!t->block_size)
		return false;
	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (t->blocks[middle].id < start / t->block_size)
			low = middle + 1;
		else
			n = middle;
	}
	for (; low < t->n_blocks && t->blocks[low].id <= end / t->block_size; low++)
		if (t->blocks[low].node == node)
			return true;
	return false;
}

struct nodeset topology_with_blocks(const struct topology *t)
{
	struct nodeset s = NODESET_EMPTY;

	for (size_t i = 0; i < t->n_nodes; i++)
		if (t->nodes[i].state != NODE_ABSENT && t->nodes[i].state != NODE_UNKNOWN)
			nodeset_add(&s, t->nodes[i].id);
	return s;
}

/*
 * Tiers are read only if a class needs them: nodelist_show() waits for memory_tier_lock, and when a tier's last node
 * goes offline, destroy_memory_tier() waits under that lock until all readers of the file are done (mm/memory-tiers.c).
 * Seen on 6.12: both wait for ever.
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

static int add_node_name(const char *name, uint64_t inode _unused_, void *arg)
{
	const char *digits = after_prefix(name, "node");
	struct nodeset *nodes = arg;
	int id;

	if (digits && parse_int(digits, &id) == 0 && id < NODESET_MAX)
		nodeset_add(nodes, id);
	return 0;
}

/* Without the mask, the nodes that are present are taken for the possible ones. */
static int guess_possible(const struct root *root, const struct masks *m, struct topology *t)
{
	int r = root_each(root, add_node_name, &t->possible, NODE_DIR);

	t->possible = nodeset_or(&t->possible, &m->online);
	t->possible = nodeset_or(&t->possible, &t->has_memory);
	t->possible = nodeset_or(&t->possible, &t->has_cpu);
	return r == -ENOENT ? 0 : r;
}

static int read_masks(const struct root *root, struct topology *t, struct masks *m, struct error *err)
{
	bool has_possible = false;
	const struct {
		const char *name;
		struct nodeset *nodes;
		bool *known;
	} masks[] = {
		{ "possible", &t->possible, &has_possible },
		{ "online", &m->online, &m->has_online },
		{ "has_memory", &t->has_memory, &m->has_memory },
		{ "has_cpu", &t->has_cpu, &m->has_cpu },
	};
	int r;

	for (size_t i = 0; i < ELEMENTSOF(masks); i++) {
		r = root_read_nodes(root, masks[i].nodes, NODE_DIR "/%s", masks[i].name);
		if (r < 0 && r != -ENOENT)
			return fail(err, r, "/" NODE_DIR "/%s: %m", masks[i].name);
		*masks[i].known = r >= 0;
	}
	t->guessed = !has_possible;
	r = has_possible ? 0 : guess_possible(root, m, t);
	if (r < 0)
		return fail(err, r, "/" NODE_DIR ": %m");
	if (!nodeset_empty(&t->possible))
		return 0;
	return fail(err, -ENODEV, "/" NODE_DIR "%s",
		    has_possible ? "/possible is empty: there is no node to look at" :
		    root->live   ? " is missing: a kernel with CONFIG_NUMA is needed" :
				   ": no nodes in this tree: its kernel had no CONFIG_NUMA, or they were not captured");
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

int topology_read(const struct root *root, unsigned what, struct topology **ret, struct error *err)
{
	_cleanup_topology_ struct topology *t = calloc(1, sizeof(*t));
	struct blocks blocks = { 0 };
	struct masks masks = { 0 };
	int r;

	if (!t)
		return fail(err, -ENOMEM, "reading the nodes: %m");
	r = read_masks(root, t, &masks, err);
	if (r >= 0)
		r = read_block_settings(root, t, err);
	if (r >= 0)
		r = blocks_read(root, t, what & TOPOLOGY_BRIEF, &blocks, &masks.listed, err);
	if (r < 0)
		return r;
	t->blocks = blocks.v;
	t->n_blocks = blocks.n;
	t->newest = blocks.newest;
	r = nodes_fill(root, &masks, t, err);
	if (r < 0)
		return r;
	r = what & TOPOLOGY_TIERS ? read_tiers(root, t) : 0;
	if (r < 0)
		return fail(err, r, "/" TIER_DIR ": %m");
	*ret = TAKE_PTR(t);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Nodes and their origins, read from captured machines and from trees made by hand. */

#include "check.h"

#include "basic/meminfo-field.h"
#include "libcdm/kernel/topology.h"
#include "machine.h"

#include <errno.h>

#define MIB UINT64_C(1048576)

struct expected {
	const char *tree;
	int node;
	enum node_state state;
	enum zone zone;
	enum origin origin;
	const char *why;
	uint64_t size, online;
	int distance, tier;
	const char *pci, *driver;
};

static const struct expected expected[] = {
	/* Captured: a hot-added DIMM, before and after onlining; an NVDIMM given to kmem. */
	{ "acpi", 0, NODE_ONLINE, ZONE_KERNEL, ORIGIN_BOOT, "memory of the boot", 1024, 1024, -1, 4, NULL, NULL },
	{ "acpi", 1, NODE_OFFLINE, ZONE_NONE, ORIGIN_ACPI, "CPU-less, its memory wholly offline", 512, 0, 80, -1, NULL,
	  NULL },
	{ "acpi", 2, NODE_ABSENT, ZONE_NONE, ORIGIN_NONE, "no memory", 0, 0, -1, -1, NULL, NULL },
	{ "acpi-online", 1, NODE_ONLINE, ZONE_MOVABLE, ORIGIN_ACPI, "CPU-less, its memory wholly movable", 512, 512, 80,
	  4, NULL, NULL },
	{ "dax", 2, NODE_OFFLINE, ZONE_NONE, ORIGIN_DAX, "/proc/iomem: System RAM (kmem)", 896, 0, 80, -1, NULL, "kmem" },
	/* Captured: a persistent CXL region; in the path of its dax device, only the bridge says that it is CXL. */
	{ "cxl-qemu", 2, NODE_ONLINE, ZONE_MOVABLE, ORIGIN_CXL, "/proc/iomem: System RAM (kmem), of a CXL region", 384,
	  384, 20, 22, "0000:41:00.0", "kmem,cxl_pci" },
	/* Written by hand from the documentation of the formats. */
	{ "gh200", 3, NODE_ONLINE, ZONE_KERNEL, ORIGIN_BOOT, "memory of the boot", 1024, 1024, 40, 4, NULL, NULL },
	{ "gh200", 12, NODE_ONLINE, ZONE_MOVABLE, ORIGIN_NVIDIA, "/proc/iomem: System RAM (NVIDIA)", 1536, 1536, 80, 4,
	  "0019:01:00.0", "nvidia" },
	{ "gh200", 13, NODE_ABSENT, ZONE_NONE, ORIGIN_NONE, "no memory", 0, 0, 80, -1, NULL, NULL },
	{ "power9", 8, NODE_ONLINE, ZONE_KERNEL, ORIGIN_BOOT, "memory of the boot", 768, 768, 40, 4, NULL, NULL },
	{ "power9", 252, NODE_OFFLINE, ZONE_NONE, ORIGIN_NVIDIA, "device tree: ibm,coherent-device-memory", 768, 0, 80,
	  -1, "0035:03:00.0", "nvidia" },
	{ "power9", 253, NODE_PARTIAL, ZONE_MOVABLE, ORIGIN_NVIDIA, "device tree: ibm,coherent-device-memory", 768, 512,
	  80, 4, NULL, NULL },
	{ "power9", 255, NODE_ONLINE, ZONE_MOVABLE, ORIGIN_NVIDIA, "/proc/driver/nvidia: numa_status", 768, 768, 80, 4,
	  "0004:05:00.0", "nvidia" },
	{ "boot-cpuless", 1, NODE_ONLINE, ZONE_KERNEL, ORIGIN_BOOT, "memory of the boot", 512, 512, 40, 4, NULL, NULL },
	/* Node 1 is the target of a dax device that is not used as memory: its memory is boot memory. */
	{ "cxl", 1, NODE_ONLINE, ZONE_KERNEL, ORIGIN_BOOT, "memory of the boot", 256, 256, 21, 4, NULL, NULL },
	{ "cxl", 2, NODE_ONLINE, ZONE_MOVABLE, ORIGIN_CXL, "/proc/iomem: System RAM (kmem), of a CXL region", 384, 384,
	  40, 22, NULL, "kmem" },
	/*
	 * Two interleaved devices; one that firmware mapped as ordinary memory; one soft reserved, in a window, in no
	 * region.
	 */
	{ "cxl-server", 2, NODE_ONLINE, ZONE_MOVABLE, ORIGIN_CXL, "/proc/iomem: System RAM (kmem), of a CXL region",
	  8192, 8192, 14, 7, "0000:31:00.0,0000:41:00.0", "kmem,cxl_pci" },
	{ "cxl-server", 3, NODE_ONLINE, ZONE_KERNEL, ORIGIN_CXL, "/sys/bus/cxl: memory of a region", 4096, 4096, 14, 7,
	  "0000:b1:00.0", "cxl_pci" },
	{ "cxl-server", 4, NODE_ONLINE, ZONE_MOVABLE, ORIGIN_CXL, "/proc/iomem: System RAM (kmem), in a CXL window",
	  4096, 4096, 14, 22, NULL, "kmem" },
	{ "gh200-cdmm", 1, NODE_ABSENT, ZONE_NONE, ORIGIN_NONE, "no memory", 0, 0, -1, -1, NULL, NULL },
	/* The same machine seen by an unprivileged user: /proc/iomem shows no addresses. */
	{ "cxl-user", 1, NODE_ONLINE, ZONE_KERNEL, ORIGIN_BOOT, "memory of the boot", 256, 256, 21, 4, NULL, NULL },
	{ "cxl-user", 2, NODE_ONLINE, ZONE_MOVABLE, ORIGIN_CXL,
	  "/sys/bus/dax: target_node of a CXL region's kmem device", 384, 384, 40, 22, NULL, "kmem" },
};

TEST(every_node_of_the_captured_trees_is_read_completely)
{
	for (size_t i = 0; i < ELEMENTSOF(expected); i++) {
		const struct expected *e = &expected[i];
		char dir[64];

		snprintf(dir, sizeof(dir), TREES "%s", e->tree);
		printf("# %s, node %d\n", e->tree, e->node);
		_cleanup_topology_ struct topology *t = read_known(dir, NULL);
		const struct node *n = t ? topology_node(t, e->node) : NULL;

		CHECK(n);
		CHECK_STR(node_state_name(n->state), node_state_name(e->state));
		CHECK_STR(zone_name(n->zone), zone_name(e->zone));
		CHECK_STR(origin_name(n->origin), origin_name(e->origin));
		CHECK_STR(n->origin_why, e->why);
		CHECK_INT(n->size, ==, e->size * MIB);
		CHECK_INT(n->online, ==, e->online * MIB);
		CHECK_INT(n->distance, ==, e->distance);
		CHECK_INT(n->tier, ==, e->tier);
		_cleanup_free_ char *pci = strv_join(&n->pci, ","), *drivers = strv_join(&n->drivers, ",");
		CHECK_STR(pci, e->pci ? e->pci : "");
		CHECK_STR(drivers, e->driver ? e->driver : "");
	}
}

struct evidence_case {
	const char *tree;
	int node;
	const char *lines; /* one line a signal: key, source, what was found, which origin it implies */
};

/* The strongest signal comes first. */
static const struct evidence_case evidence_cases[] = {
	{ "acpi", 1,
	  "origin|CPU-less, its memory wholly offline||acpi\n"
	  "distance|distance from the nearest CPUs|80|none\n"
	  "cpuless|CPUs|none|none\n" },
	{ "cxl-qemu", 2,
	  "origin|/proc/iomem: System RAM (kmem), of a CXL region|20d8000000-20efffffff|cxl\n"
	  "origin|/sys/bus/dax: target_node of a CXL region's kmem device|dax0.0|none\n"
	  "origin|/sys/bus/cxl: memory of a region|20d0000000-20efffffff|cxl\n"
	  "origin|/proc/iomem: CXL Window|20d0000000-21cfffffff|cxl\n"
	  "origin|CPU-less, its memory wholly movable||acpi\n"
	  "tier|memory tier|22|none\n"
	  "distance|distance from the nearest CPUs|20|none\n"
	  "cpuless|CPUs|none|none\n"
	  "pci|PCI device|0000:41:00.0|none\n"
	  "driver|driver|kmem|none\n"
	  "driver|driver|cxl_pci|none\n" },
	{ "cxl-server", 4,
	  "origin|/proc/iomem: System RAM (kmem), in a CXL window|4080000000-417fffffff|cxl\n"
	  "origin|/sys/bus/dax: target_node of a kmem device|dax2.0|none\n"
	  "origin|/proc/iomem: CXL Window|4080000000-507fffffff|cxl\n"
	  "origin|/proc/iomem: Soft Reserved|4080000000-417fffffff|none\n"
	  "origin|CPU-less, its memory wholly movable||acpi\n"
	  "|access0/initiators: nearest to the CPUs of|0|none\n"
	  "tier|memory tier|22|none\n"
	  "distance|distance from the nearest CPUs|14|none\n"
	  "cpuless|CPUs|none|none\n"
	  "driver|driver|kmem|none\n" },
	{ "power9", 252,
	  "origin|/proc/driver/nvidia: numa_status|0035:03:00.0, offline|none\n"
	  "origin|device tree: ibm,coherent-device-memory|40000000000-4002fffffff|nvidia\n"
	  "origin|CPU-less, its memory wholly offline||acpi\n"
	  "distance|distance from the nearest CPUs|80|none\n"
	  "cpuless|CPUs|none|none\n"
	  "pci|PCI device|0035:03:00.0|none\n"
	  "driver|driver|nvidia|none\n" },
};

static char *evidence_lines(const struct node *n)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (size_t i = 0; i < n->n_evidence; i++) {
		const struct evidence *e = &n->evidence[i];

		fprintf(f, "%s|%s|%s|%s\n", node_key_name(e->key), e->source, e->found ? e->found : "",
			origin_name(e->says));
	}
	fclose(f);
	return text;
}

TEST(every_signal_of_a_node_is_listed_in_order)
{
	for (size_t i = 0; i < ELEMENTSOF(evidence_cases); i++) {
		const struct evidence_case *e = &evidence_cases[i];
		char dir[64];

		snprintf(dir, sizeof(dir), TREES "%s", e->tree);
		_cleanup_topology_ struct topology *t = read_known(dir, NULL);
		const struct node *n = t ? topology_node(t, e->node) : NULL;

		CHECK(n);
		_cleanup_free_ char *lines = evidence_lines(n);
		CHECK_STR(lines, e->lines);
	}
}

/* Two adjacent devices: each node has its own range, and a block may span ranges that touch. */
TEST(adjacent_ranges_of_two_nodes_stay_apart)
{
	static const struct {
		const char *iomem, *first, *second;
	} cases[] = {
		{ "100000-2fffff : System RAM (kmem)\n300000-3fffff : System RAM (kmem)\n", "100000-2fffff",
		  "300000-3fffff" },
		{ "100000-17ffff : System RAM (kmem)\n180000-2fffff : System RAM (kmem)\n300000-3fffff : System RAM (kmem)\n",
		  "100000-17ffff 180000-2fffff", "300000-3fffff" },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		const char *const want[] = { cases[i].first, cases[i].second };
		_cleanup_tree_ struct tree tree = machine_new();

		tree_put(&tree, NODE "possible", "0-2\n");
		tree_put(&tree, MEMORY "block_size_bytes", "100000\n");
		tree_put(&tree, NODE "node1/memory1/x", "");
		tree_put(&tree, NODE "node1/memory2/x", "");
		tree_put(&tree, NODE "node2/memory3/x", "");
		tree_put(&tree, MEMORY "memory1/state", "offline\n");
		tree_put(&tree, MEMORY "memory2/state", "offline\n");
		tree_put(&tree, MEMORY "memory3/state", "offline\n");
		tree_put(&tree, "/proc/iomem", cases[i].iomem);
		_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
		CHECK(t);
		for (int node = 1; node <= 2; node++) {
			_cleanup_strv_ struct strv found = STRV_NONE;

			for (size_t j = 0; j < t->nodes[node].n_evidence; j++)
				if (t->nodes[node].evidence[j].says == ORIGIN_DAX)
					CHECK_INT(strv_add(&found, t->nodes[node].evidence[j].found), ==, 0);
			_cleanup_free_ char *ranges = strv_join(&found, " ");
			CHECK_STR(ranges, want[node - 1]);
		}
	}
}

/* Memory of a CXL window belongs to the boot node: no region is missing then. */
TEST(a_cxl_device_mapped_by_firmware_lacks_no_region)
{
	_cleanup_tree_ struct tree tree = machine_new();

	tree_put(&tree, MEMORY "block_size_bytes", "100000\n");
	tree_put(&tree, NODE "node0/memory1/x", "");
	tree_put(&tree, MEMORY "memory1/state", "online\n");
	tree_link(&tree, "/sys/bus/cxl/devices/mem0", "../../../devices/pci0000:30/0000:31:00.0/mem0");
	tree_put(&tree, "/proc/iomem", "200000-2fffff : CXL Window 0\n");
	_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
	CHECK(t);
	CHECK_INT(t->absent.n, ==, 1);
	CHECK(strstr(t->absent.s[0], "cxl create-region makes one"));
	tree_put(&tree, NODE "node0/memory2/x", "");
	tree_put(&tree, MEMORY "memory2/state", "online\n");
	_cleanup_topology_ struct topology *mapped = read_known(tree.dir, NULL);
	CHECK(mapped);
	CHECK_INT(mapped->absent.n, ==, 1);
	CHECK(strstr(mapped->absent.s[0], "node 0 has memory in a CXL window"));
	CHECK(!strstr(mapped->absent.s[0], "create-region"));
}

TEST(devices_without_a_memory_node_are_listed_with_the_remedy)
{
	static const struct {
		const char *tree, *lines;
	} trees[] = {
		{ "acpi", "" },
		{ "gh200", "" },
		{ "cxl", "dax1.0: not kmem's; daxctl reconfigure-device -m system-ram -N dax1.0 makes it node 1" },
		{ "cxl-server", "mem3 (PCI device 0000:b2:00.0): of no CXL region; cxl create-region makes one" },
		{ "gh200-cdmm",
		  "GPU 0009:01:00.0: its memory is no node, the driver keeps it (CoherentGPUMemoryMode: driver)" },
	};

	for (size_t i = 0; i < ELEMENTSOF(trees); i++) {
		char dir[64];

		snprintf(dir, sizeof(dir), TREES "%s", trees[i].tree);
		_cleanup_topology_ struct topology *t = read_known(dir, NULL);
		CHECK(t);
		_cleanup_free_ char *lines = strv_join(&t->absent, "\n");
		CHECK_STR(lines, trees[i].lines);
	}
}

TEST(gpus_whose_driver_failed_to_add_memory_are_listed)
{
	static const struct {
		const char *status, *auto_online, *line; /* the beginning of the line; NULL: no line */
	} cases[] = {
		{ "online", "online", NULL },
		{ "online_in_progress", "offline", NULL },
		{ "offline", "online_movable", NULL },
		{ "offline", "online", "GPU 0009:01:00.0: its driver will not keep its memory (numa_status: offline): " },
		{ "online_failed", "offline",
		  "GPU 0009:01:00.0: its driver has removed its memory (numa_status: online_failed): the kernel must bring "
		  "that online in zone Movable; write \"online_movable\" to auto_online_blocks (now \"offline\"), " },
		{ "online_failed", "online_movable", "GPU 0009:01:00.0: its driver has removed its memory" },
		{ "online_failed", NULL, "GPU 0009:01:00.0: its driver has removed its memory" },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_tree_ struct tree tree = machine_new();
		char text[64];

		snprintf(text, sizeof(text), "Node:      -1\nStatus:    %s\n", cases[i].status);
		tree_put(&tree, "/proc/driver/nvidia/gpus/0009:01:00.0/numa_status", text);
		if (cases[i].auto_online)
			tree_put(&tree, MEMORY "auto_online_blocks", cases[i].auto_online);
		_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
		CHECK(t);
		CHECK_INT(t->failed.n, ==, cases[i].line != NULL);
		if (cases[i].line)
			CHECK(strncmp(t->failed.s[0], cases[i].line, strlen(cases[i].line)) == 0);
	}
}

TEST(the_acpi_online_tree_is_read_completely)
{
	_cleanup_topology_ struct topology *t = read_known(TREES "acpi-online", NULL);

	CHECK(t);
	CHECK_INT(t->block_size, ==, 128 * MIB);
	CHECK_INT(t->n_nodes, ==, 3);
	CHECK_INT(t->n_blocks, ==, 12);
	CHECK_STR(t->auto_online, "offline");
	CHECK_STR(NODESET_STR(&t->possible), "0-2");
	CHECK_STR(NODESET_STR(&t->has_memory), "0-1");
	CHECK_STR(NODESET_STR(&t->has_cpu), "0");
	struct nodeset with_blocks = topology_with_blocks(t);
	CHECK_STR(NODESET_STR(&with_blocks), "0-1");
	CHECK(!topology_node(t, 3));
	CHECK_STR(t->nodes[0].cpus, "0-1");
	CHECK_STR(t->nodes[1].cpus, "");
	CHECK(t->nodes[1].exists && !t->nodes[2].exists);
	CHECK_INT(t->nodes[1].free, >, 500 * MIB);
	CHECK_INT(t->nodes[1].free, <, 512 * MIB);
	/* Block 0 of a PC spans the zones DMA and DMA32; hot-added blocks begin at 4 GiB. */
	CHECK(t->blocks[0].id == 0 && t->blocks[0].node == 0 && t->blocks[0].zone == ZONE_MIXED);
	CHECK(t->blocks[8].id == 32 && t->blocks[8].node == 1 && t->blocks[8].zone == ZONE_MOVABLE);
	for (size_t i = 1; i < t->n_blocks; i++)
		CHECK_INT(t->blocks[i - 1].id, <, t->blocks[i].id);
}

TEST(memory_added_after_boot_has_origin_acpi_unless_a_driver_owns_it)
{
	struct nodeset known = nodeset_of(0), none = NODESET_EMPTY;
	_cleanup_topology_ struct topology *t = read_known(TREES "boot-cpuless", &known);
	_cleanup_topology_ struct topology *gpu = read_known(TREES "gh200", &known);
	_cleanup_topology_ struct topology *u = read_known(TREES "boot-cpuless", &none);

	CHECK(t && gpu && u);
	CHECK_INT(t->nodes[0].origin, ==, ORIGIN_BOOT);
	CHECK_INT(t->nodes[1].origin, ==, ORIGIN_ACPI);
	CHECK_STR(t->nodes[1].origin_why, "its memory came while the system ran");
	/* The driver's signal is stronger. */
	CHECK_INT(gpu->nodes[4].origin, ==, ORIGIN_NVIDIA);
	/* An empty set of boot nodes means that they are unknown. */
	CHECK_INT(u->nodes[1].origin, ==, ORIGIN_BOOT);
}

TEST(a_kernel_without_memory_hotplug_has_nodes_but_no_blocks)
{
	_cleanup_tree_ struct tree tree = machine_new();

	_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
	CHECK(t);
	CHECK_INT(t->block_size, ==, 0);
	CHECK_INT(t->n_blocks, ==, 0);
	CHECK(!t->auto_online);
	CHECK_INT(t->nodes[0].state, ==, NODE_ONLINE);
	CHECK_INT(t->nodes[0].size, ==, 2 * MIB);
	CHECK_INT(t->nodes[0].free, ==, MIB);
	CHECK_INT(t->nodes[1].state, ==, NODE_ABSENT);
}

TEST(blocks_that_change_are_read_with_their_state)
{
	_cleanup_tree_ struct tree tree = machine_new();

	tree_put(&tree, MEMORY "block_size_bytes", "100000\n");
	/*
	 * 7 is offline, 8 is going offline, 9 has vanished but for its name, 10 spans both nodes, 11 belongs to no
	 * node.
	 */
	tree_put(&tree, NODE "node0/memory7/x", "");
	tree_put(&tree, MEMORY "memory7/state", "offline\n");
	tree_put(&tree, NODE "node0/memory8/x", "");
	tree_put(&tree, MEMORY "memory8/state", "going-offline\n");
	tree_put(&tree, NODE "node0/memory9/x", "");
	tree_put(&tree, NODE "node0/memory10/x", "");
	tree_put(&tree, NODE "node1/memory10/x", "");
	tree_put(&tree, MEMORY "memory10/state", "online\n");
	tree_put(&tree, MEMORY "memory10/valid_zones", "Movable Normal\n");
	tree_put(&tree, MEMORY "memory11/state", "offline\n");
	_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
	CHECK(t);
	CHECK_INT(t->n_blocks, ==, 4);
	CHECK(t->blocks[0].id == 7 && t->blocks[0].state == BLOCK_OFFLINE && t->blocks[0].zone == ZONE_NONE);
	CHECK(t->blocks[1].id == 8 && t->blocks[1].state == BLOCK_GOING_OFFLINE);
	CHECK(t->blocks[2].id == 10 && t->blocks[2].node == 0 && t->blocks[2].zone == ZONE_MOVABLE);
	CHECK(t->blocks[3].id == 11 && t->blocks[3].node == -1);
	CHECK_INT(t->nodes[0].state, ==, NODE_PARTIAL);
	CHECK_INT(t->nodes[0].size, ==, 3 * MIB);
	CHECK_INT(t->nodes[0].online, ==, 2 * MIB);
}

TEST(the_zone_of_a_node_is_that_of_its_blocks)
{
	_cleanup_tree_ struct tree tree = machine_new();

	tree_put(&tree, MEMORY "block_size_bytes", "100000\n");
	tree_put(&tree, NODE "node0/memory0/x", "");
	tree_put(&tree, MEMORY "memory0/state", "online\n");
	tree_put(&tree, NODE "node0/memory1/x", "");
	tree_put(&tree, MEMORY "memory1/state", "online\n");
	tree_put(&tree, MEMORY "memory1/valid_zones", "Movable\n");
	/* Without CONFIG_MEMORY_HOTREMOVE there is no valid_zones. */
	_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
	CHECK(t);
	CHECK_INT(t->blocks[0].zone, ==, ZONE_UNKNOWN);
	CHECK_INT(t->nodes[0].zone, ==, ZONE_UNKNOWN);
	tree_put(&tree, MEMORY "memory0/valid_zones", "Normal\n");
	_cleanup_topology_ struct topology *told = read_known(tree.dir, NULL);
	CHECK(told);
	CHECK_INT(told->nodes[0].zone, ==, ZONE_MIXED);
}

static void tree_remove(const struct tree *tree, const char *path)
{
	_cleanup_free_ char *full = tree_path(tree, path);

	if (remove(full) < 0)
		abort();
}

/* Two nodes with memory, the second with a block; tests remove the files that a captured tree may lack. */
static struct tree machine_of_two(void)
{
	struct tree tree = machine_new();

	tree_put(&tree, NODE "online", "0-1\n");
	tree_put(&tree, NODE "has_memory", "0-1\n");
	tree_put(&tree, NODE "node0/distance", "10 20\n");
	tree_put(&tree, NODE "node1/cpulist", "\n");
	tree_put(&tree, NODE "node1/distance", "20 10\n");
	tree_put(&tree, NODE "node1/meminfo", "Node 1 MemTotal:        1024 kB\nNode 1 MemFree:         512 kB\n");
	tree_put(&tree, NODE "node1/memory7/x", "");
	tree_put(&tree, MEMORY "block_size_bytes", "100000\n");
	tree_put(&tree, MEMORY "memory7/state", "online\n");
	tree_put(&tree, MEMORY "memory7/valid_zones", "Movable\n");
	return tree;
}

TEST(a_missing_mask_is_derived_from_the_nodes_directories)
{
	static const char *const masks[] = { "possible", "online", "has_memory", "has_cpu" };

	for (size_t i = 0; i <= ELEMENTSOF(masks); i++) {
		_cleanup_tree_ struct tree tree = machine_of_two();
		char path[64];

		for (size_t j = 0; j < ELEMENTSOF(masks); j++) {
			/* Each mask in turn, finally all of them. */
			snprintf(path, sizeof(path), NODE "%s", masks[j]);
			if (i == j || i == ELEMENTSOF(masks))
				tree_remove(&tree, path);
		}
		printf("# without %s\n", i < ELEMENTSOF(masks) ? masks[i] : "any");
		_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
		CHECK(t);
		CHECK_STR(NODESET_STR(&t->possible), "0-1");
		CHECK_STR(NODESET_STR(&t->has_memory), "0-1");
		CHECK_STR(NODESET_STR(&t->has_cpu), "0");
		CHECK_INT(t->nodes[1].state, ==, NODE_ONLINE);
		CHECK_INT(t->nodes[1].origin, ==, ORIGIN_ACPI);
		CHECK_INT(t->nodes[1].distance, ==, 20);
	}
}

TEST(values_of_missing_files_are_unknown)
{
	_cleanup_tree_ struct tree tree = machine_of_two();

	tree_remove(&tree, MEMORY "block_size_bytes");
	tree_remove(&tree, MEMORY "memory7/valid_zones");
	tree_remove(&tree, NODE "node1/meminfo");
	tree_remove(&tree, NODE "node1/distance");
	_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
	CHECK(t);
	CHECK_INT(t->nodes[0].size, ==, 2 * MIB);
	CHECK(!zone_name(t->nodes[0].zone));
	CHECK_INT(t->nodes[1].state, ==, NODE_ONLINE);
	CHECK(!zone_name(t->nodes[1].zone));
	CHECK(t->nodes[1].size == BYTES_UNKNOWN && t->nodes[1].online == BYTES_UNKNOWN);
	CHECK(t->nodes[1].free == BYTES_UNKNOWN);
	CHECK_INT(t->nodes[1].distance, ==, -1);
	/* The node is online, but its origin is unknown, too. */
	CHECK_INT(t->nodes[1].origin, ==, ORIGIN_NONE);
	CHECK_STR(t->nodes[1].origin_why, "nothing tells");

	/* Without its block, only the mask says that the node has memory; without the mask nothing does. */
	tree_remove(&tree, MEMORY "memory7/state");
	_cleanup_topology_ struct topology *masked = read_known(tree.dir, NULL);
	CHECK(masked);
	CHECK_INT(masked->nodes[1].state, ==, NODE_ONLINE);
	CHECK(masked->nodes[1].size == BYTES_UNKNOWN);
	tree_remove(&tree, NODE "has_memory");
	_cleanup_topology_ struct topology *bare = read_known(tree.dir, NULL);
	CHECK(bare);
	CHECK(!node_state_name(bare->nodes[1].state));
	CHECK(bare->nodes[1].size == BYTES_UNKNOWN && bare->nodes[1].online == BYTES_UNKNOWN);
	CHECK_STR(NODESET_STR(&bare->has_memory), "0");
}

/*
 * Each sign alone makes has_cpu true, even if the mask lacks the node, as it does while all CPUs of the node are
 * offline.
 */
TEST(one_sign_of_a_cpu_suffices)
{
	static const struct {
		const char *path, *content, *cpus;
		bool has_cpu;
	} signs[] = {
		{ "has_cpu", "0-1\n", "", true },
		{ "node1/cpulist", "4-7\n", "4-7", true },
		{ "node1/cpu4/x", "", "", true },
		{ "node1/cpux/x", "", "", false },
		{ "node1/cpumap", "00000000,000000f0\n", "", false }, /* not read if there is a list */
	};

	for (size_t i = 0; i < ELEMENTSOF(signs); i++) {
		_cleanup_tree_ struct tree tree = machine_of_two();
		char path[64];

		snprintf(path, sizeof(path), NODE "%s", signs[i].path);
		tree_put(&tree, path, signs[i].content);
		printf("# %s\n", signs[i].path);
		_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
		CHECK(t);
		CHECK_INT(t->nodes[1].has_cpu, ==, signs[i].has_cpu);
		CHECK_INT(nodeset_has(&t->has_cpu, 1), ==, signs[i].has_cpu);
		CHECK_STR(t->nodes[1].cpus, signs[i].cpus);
		/* Movable memory belongs to a device only on nodes without CPUs. */
		CHECK_INT(t->nodes[1].origin, ==, signs[i].has_cpu ? ORIGIN_BOOT : ORIGIN_ACPI);
	}
}

TEST(without_cpulist_the_cpumap_is_used_and_without_any_cpus_are_assumed)
{
	_cleanup_tree_ struct tree tree = machine_of_two();

	tree_remove(&tree, NODE "node1/cpulist");
	_cleanup_topology_ struct topology *masked = read_known(tree.dir, NULL);
	CHECK(masked && !masked->nodes[1].has_cpu);
	CHECK_STR(masked->nodes[1].cpus, "");
	tree_put(&tree, NODE "node1/cpumap", "00000000,000000f0\n");
	_cleanup_topology_ struct topology *mapped = read_known(tree.dir, NULL);
	CHECK(mapped && mapped->nodes[1].has_cpu && !mapped->nodes[1].cpus);
	tree_put(&tree, NODE "node1/cpumap", "00000000,00000000\n");
	_cleanup_topology_ struct topology *none = read_known(tree.dir, NULL);
	CHECK(none && !none->nodes[1].has_cpu);
	tree_remove(&tree, NODE "node1/cpumap");
	tree_remove(&tree, NODE "has_cpu");
	_cleanup_topology_ struct topology *bare = read_known(tree.dir, NULL);
	CHECK(bare && bare->nodes[1].has_cpu && !bare->nodes[1].cpus);
	CHECK_INT(bare->nodes[1].origin, ==, ORIGIN_BOOT);
}

/* Movable memory (movable_node makes all unpluggable memory movable) is system memory on nodes with CPUs. */
TEST(movable_memory_on_a_node_with_cpus_is_boot_memory)
{
	_cleanup_tree_ struct tree tree = machine_new();

	tree_put(&tree, MEMORY "block_size_bytes", "100000\n");
	tree_put(&tree, NODE "node0/memory1/x", "");
	tree_put(&tree, MEMORY "memory1/state", "online\n");
	tree_put(&tree, MEMORY "memory1/valid_zones", "Movable\n");
	/* Without addresses it is unknown whether the memory is kmem's; then it counts as not kmem's. */
	tree_dax(&tree, "dax0.0", "platform/hmem.0", "0\n", "kmem");
	_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
	CHECK(t);
	CHECK_INT(t->nodes[0].zone, ==, ZONE_MOVABLE);
	CHECK_INT(t->nodes[0].origin, ==, ORIGIN_BOOT);
}

TEST(the_dax_device_bound_to_kmem_gives_the_origin)
{
	_cleanup_tree_ struct tree tree = machine_new();

	tree_put(&tree, MEMORY "block_size_bytes", "100000\n");
	tree_put(&tree, NODE "node1/memory1/x", "");
	tree_put(&tree, MEMORY "memory1/state", "offline\n");
	tree_dax(&tree, "dax0.0", "platform/hmem.0", "1\n", "device_dax");
	tree_dax(&tree, "dax0.1", "pci0000:00/0000:00:01.0/10000:e1:00.0/x", "1\n", "kmem");
	tree_dax(&tree, "dax0.2", "pci0000:00/0000:00:02.0", "-1\n", "kmem");
	_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
	CHECK(t);
	CHECK_INT(t->nodes[1].origin, ==, ORIGIN_DAX);
	CHECK_STR(t->nodes[1].origin_why, "/sys/bus/dax: target_node of a kmem device");
	CHECK_INT(t->nodes[1].drivers.n, ==, 1);
	CHECK_STR(t->nodes[1].drivers.s[0], "kmem");
	CHECK_INT(t->nodes[1].pci.n, ==, 1);
	CHECK_STR(t->nodes[1].pci.s[0], "10000:e1:00.0");
}

/* A node with boot memory beside a device's memory is no device node. */
TEST(a_node_only_partly_of_kmem_is_boot_memory)
{
	_cleanup_tree_ struct tree tree = machine_new();

	tree_put(&tree, MEMORY "block_size_bytes", "100000\n");
	for (int i = 1; i <= 2; i++) {
		char path[64];

		snprintf(path, sizeof(path), NODE "node1/memory%d/x", i);
		tree_put(&tree, path, "");
		snprintf(path, sizeof(path), MEMORY "memory%d/state", i);
		tree_put(&tree, path, "online\n");
		snprintf(path, sizeof(path), MEMORY "memory%d/valid_zones", i);
		tree_put(&tree, path, i == 1 ? "Normal\n" : "Movable\n");
	}
	tree_put(&tree, "/proc/iomem", "100000-1fffff : System RAM\n200000-2fffff : System RAM (kmem)\n");
	tree_dax(&tree, "dax0.0", "platform/hmem.0", "1\n", "kmem");
	_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
	CHECK(t);
	CHECK_INT(t->nodes[1].origin, ==, ORIGIN_BOOT);
	CHECK_INT(t->nodes[1].drivers.n, ==, 0);
}

TEST(without_numa_in_the_kernel_the_error_names_config_numa)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_root_ struct root root = ROOT_NONE;
	struct topology *t = NULL;

	CHECK(root_open("tests/unit", &root, &err) == 0);
	CHECK_INT(topology_read(&root, TOPOLOGY_TIERS, &t, &err), ==, -ENODEV);
	CHECK(!t && strstr(error_text(&err), "CONFIG_NUMA"));
}

TEST(the_running_system_has_a_node_with_memory)
{
	_cleanup_topology_ struct topology *t = read_known(NULL, NULL);

	CHECK(t && t->n_nodes > 0);
	CHECK_INT(t->nodes[nodeset_next(&t->has_memory, 0)].state, !=, NODE_ABSENT);
}

TEST(meminfo_field_reads_kilobytes_and_refuses_the_rest)
{
	static const char text[] =
		"Node 0 MemTotal:  4 kB\nNode 0 Active(anon): 8 kB\nNode 0 HugePages_Total:     0\n"
		"Node 0 Big: 99999999999999999999 kB\nNode 0 Odd: x kB\n";
	uint64_t bytes = 1;

	CHECK_INT(meminfo_field(text, "MemTotal", &bytes), ==, 0);
	CHECK_INT(bytes, ==, 4096);
	CHECK_INT(meminfo_field(text, "Total", &bytes), ==, -ENOENT);
	CHECK_INT(meminfo_field(text, "MemFree", &bytes), ==, -ENOENT);
	CHECK_INT(meminfo_field(text, "HugePages_Total", &bytes), ==, -EINVAL);
	CHECK_INT(meminfo_field(text, "Big", &bytes), ==, -ERANGE);
	CHECK_INT(meminfo_field(text, "Odd", &bytes), ==, -EINVAL);
	CHECK_INT(bytes, ==, 4096);
}

TEST(every_origin_name_is_parsed_back)
{
	for (int o = 0; o < N_ORIGINS; o++)
		CHECK_INT(origin_from_name(origin_name((enum origin)o)), ==, o);
	CHECK_INT(origin_from_name("gpu"), ==, -EINVAL);
}

CHECK_MAIN()

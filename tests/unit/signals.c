/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Wrong, garbled or too big files about a node give no signal; a machine with many blocks is read completely. */

#include "machine.h"

#include "libcdm/snapshot/classify.h"

#include <stdint.h>

#define BLOCKS 3000

/* Node 1 is CPU-less, with two blocks of boot memory at 1 and 2 MiB. */
static struct tree machine_of_two(void)
{
	struct tree tree = machine_new();

	tree_put(&tree, NODE "online", "0-1\n");
	tree_put(&tree, NODE "has_memory", "0-1\n");
	tree_put(&tree, NODE "node1/cpulist", "\n");
	tree_put(&tree, NODE "node1/distance", "40 10\n");
	tree_put(&tree, NODE "node1/meminfo", "Node 1 MemTotal: 2048 kB\nNode 1 MemFree: 1024 kB\n");
	tree_put(&tree, MEMORY "block_size_bytes", "100000\n");
	tree_put(&tree, NODE "node1/memory1/x", "");
	tree_put(&tree, NODE "node1/memory2/x", "");
	tree_put(&tree, MEMORY "memory1/state", "online\n");
	tree_put(&tree, MEMORY "memory1/valid_zones", "Normal\n");
	tree_put(&tree, MEMORY "memory2/state", "online\n");
	tree_put(&tree, MEMORY "memory2/valid_zones", "Normal\n");
	return tree;
}

#define IOMEM "/proc/iomem"
#define DAX "/sys/devices/platform/hmem.0/dax0.0/target_node"
#define GPU "/proc/driver/nvidia/gpus/0009:01:00.0/numa_status"
#define REGION "/sys/bus/cxl/devices/region0/"
#define TREE "/proc/device-tree/"
/* Versions of clang-format format a pair of braces differently. */
/* clang-format off */
#define CELLS { TREE "#address-cells", "\0\0\0\1", 4 }, { TREE "#size-cells", "\0\0\0\1", 4 }
#define COHERENT { TREE "memory@1/compatible", "ibm,coherent-device-memory" }
/* clang-format on */

struct file {
	const char *path, *text;
	size_t len; /* 0: the length of the text */
};

struct lie {
	const char *what;
	struct file files[5];
	enum origin origin; /* expected of node 1; ORIGIN_NONE stands for boot */
};

/* The first cases are true: each source alone must be believed. */
static const struct lie lies[] = {
	{ "kmem", { { IOMEM, "100000-2fffff : System RAM (kmem)\n" } }, ORIGIN_DAX },
	{ "kmem in two ranges",
	  { { IOMEM, "200000-2fffff : System RAM (kmem)\n  100000-1fffff : System RAM (kmem)\n" } },
	  ORIGIN_DAX },
	{ "kmem in a window", { { IOMEM, "0-ffffff : CXL Window 0\n 100000-2fffff : System RAM (kmem)\n" } }, ORIGIN_CXL },
	{ "NVIDIA", { { IOMEM, "100000-2fffff : System RAM (NVIDIA)\n" } }, ORIGIN_NVIDIA },
	{ "a window", { { IOMEM, "100000-2fffff : CXL Window 0\n" } }, ORIGIN_CXL },
	{ "target_node", { { DAX, "1\n" } }, ORIGIN_DAX },
	{ "numa_status", { { GPU, "Node:      1\nStatus:    online\n" } }, ORIGIN_NVIDIA },
	{ "numa_status, going offline", { { GPU, "Node:      1\nStatus:    offline_in_progress\n" } }, ORIGIN_NVIDIA },
	{ "region", { { REGION "resource", "0x100000\n" }, { REGION "size", "0x200000\n" } }, ORIGIN_CXL },
	{ "device tree", { CELLS, COHERENT, { TREE "memory@1/reg", "\0\x10\0\0\0\x20\0\0", 8 } }, ORIGIN_NVIDIA },
	/* /proc/iomem */
	{ "half of its range", { { IOMEM, "100000-1fffff : System RAM (kmem)\n" } }, ORIGIN_NONE },
	{ "half a block", { { IOMEM, "100000-27ffff : System RAM (kmem)\n" } }, ORIGIN_NONE },
	{ "a gap", { { IOMEM, "100000-1ffffe : System RAM (kmem)\n200000-2fffff : System RAM (kmem)\n" } }, ORIGIN_NONE },
	{ "inverted", { { IOMEM, "2fffff-100000 : System RAM (kmem)\n" } }, ORIGIN_NONE },
	{ "all addresses", { { IOMEM, "0-ffffffffffffffff : System RAM (kmem)\n" } }, ORIGIN_NONE },
	{ "beyond 64 bits", { { IOMEM, "0-10000000000000000 : System RAM (kmem)\n" } }, ORIGIN_NONE },
	{ "negative", { { IOMEM, "-1-2fffff : System RAM (kmem)\n" } }, ORIGIN_NONE },
	{ "no dash", { { IOMEM, "100000 : System RAM (kmem)\n" } }, ORIGIN_NONE },
	{ "no colon", { { IOMEM, "100000-2fffff System RAM (kmem)\n" } }, ORIGIN_NONE },
	{ "another name", { { IOMEM, "100000-2fffff : System RAM (kmem)x\n100000-2fffff : system ram (kmem)\n" } }, ORIGIN_NONE },
	{ "a NUL",
	  { { IOMEM,
	      "\0"
	      "100000-2fffff : System RAM (kmem)\n",
	      35 } },
	  ORIGIN_NONE },
	{ "garbage", { { IOMEM, "\xff\xfe:-: : - : \n\n\n : \n-\n - : : \n" } }, ORIGIN_NONE },
	/* The dax bus says kmem, but iomem, which has addresses, does not. */
	{ "target_node against iomem", { { DAX, "1\n" }, { IOMEM, "100000-2fffff : System RAM\n" } }, ORIGIN_NONE },
	/* target_node */
	{ "node -1", { { DAX, "-1\n" } }, ORIGIN_NONE },
	{ "node 1024", { { DAX, "1024\n" } }, ORIGIN_NONE },
	{ "node 2^64+1", { { DAX, "18446744073709551617\n" } }, ORIGIN_NONE },
	{ "node 0x1", { { DAX, "0x1\n" } }, ORIGIN_NONE },
	{ "two nodes", { { DAX, "1 1\n" } }, ORIGIN_NONE },
	{ "no node", { { DAX, "" } }, ORIGIN_NONE },
	/* numa_status */
	{ "GPU at node -1", { { GPU, "Node:      -1\nStatus:    online\n" } }, ORIGIN_NONE },
	{ "GPU at node 1025", { { GPU, "Node:      1025\nStatus:    online\n" } }, ORIGIN_NONE },
	{ "GPU at node 4294967297", { { GPU, "Node:      4294967297\nStatus:    online\n" } }, ORIGIN_NONE },
	{ "GPU offline", { { GPU, "Node:      1\nStatus:    offline\n" } }, ORIGIN_NONE },
	{ "GPU disabled", { { GPU, "Node:      1\nStatus:    disabled\n" } }, ORIGIN_NONE },
	{ "GPU without a status", { { GPU, "Node:      1\n" } }, ORIGIN_NONE },
	{ "GPU without a node", { { GPU, "Node:\nStatus:    online\n" } }, ORIGIN_NONE },
	{ "GPU, empty", { { GPU, "" } }, ORIGIN_NONE },
	{ "no such key", { { GPU, "XNode: 1\nStatus: online\n" } }, ORIGIN_NONE },
	/* CXL */
	{ "region not committed", { { REGION "resource", "0xffffffffffffffff\n" }, { REGION "size", "0x0\n" } }, ORIGIN_NONE },
	{ "region that wraps", { { REGION "resource", "0x100000\n" }, { REGION "size", "0xffffffffffffffff\n" } }, ORIGIN_NONE },
	{ "region without a size", { { REGION "resource", "0x100000\n" } }, ORIGIN_NONE },
	{ "region of half a block", { { REGION "resource", "0x100000\n" }, { REGION "size", "0x180000\n" } }, ORIGIN_NONE },
	{ "region of strange targets",
	  { { REGION "resource", "0x100000\n" },
	    { REGION "size", "0x200000\n" },
	    { REGION "target0", "decoder99999999999999999999.0\n" },
	    { REGION "target1", "../../../etc/passwd\n" },
	    { REGION "target2", ".\n" } },
	  ORIGIN_CXL },
	/* Device tree */
	{ "reg cut off", { CELLS, COHERENT, { TREE "memory@1/reg", "\0\x10\0\0\0\x20\0", 7 } }, ORIGIN_NONE },
	{ "reg that wraps", { CELLS, COHERENT, { TREE "memory@1/reg", "\0\x10\0\0\0\0\0\0", 8 } }, ORIGIN_NONE },
	{ "no cells", { COHERENT, { TREE "memory@1/reg", "\0\x10\0\0\0\x20\0\0", 8 } }, ORIGIN_NONE },
	{ "three cells",
	  { { TREE "#address-cells", "\0\0\0\3", 4 },
	    { TREE "#size-cells", "\0\0\0\1", 4 },
	    COHERENT,
	    { TREE "memory@1/reg", "\0\0\0\0\0\0\0\0\0\x10\0\0\0\x20\0\0", 16 } },
	  ORIGIN_NONE },
	{ "other memory",
	  { CELLS, { TREE "memory@1/compatible", "ibm,coherent" }, { TREE "memory@1/reg", "\0\x10\0\0\0\x20\0\0", 8 } },
	  ORIGIN_NONE },
	/* Other files than those of the origin. */
	{ "distance", { { NODE "node1/distance", "-1 99999999999999999999 x\n" } }, ORIGIN_NONE },
	{ "meminfo",
	  { { NODE "node1/meminfo", "Node 1 MemTotal: 99999999999999999999 kB\nNode 1 MemFree: -1 kB\n" } },
	  ORIGIN_NONE },
	{ "tiers",
	  { { "/sys/devices/virtual/memory_tiering/memory_tier99999999999/nodelist", "1\n" },
	    { "/sys/devices/virtual/memory_tiering/memory_tier4/nodelist", "0-99999\n" },
	    { "/sys/devices/virtual/memory_tiering/memory_tier-1/nodelist", "1\n" },
	    { "/sys/devices/virtual/memory_tiering/memory_tier5/nodelist", "1-0\n" } },
	  ORIGIN_NONE },
	{ "initiators",
	  { { NODE "node1/access0/initiators/node99999", "" },
	    { NODE "node1/access0/initiators/nodex", "" },
	    { NODE "has_generic_initiator", "0-\n" } },
	  ORIGIN_NONE },
	{ "blocks",
	  { { MEMORY "memory18446744073709551616/state", "online\n" },
	    { MEMORY "memoryx/state", "online\n" },
	    { NODE "node1/memory-1/x", "" } },
	  ORIGIN_NONE },
	{ "states", { { MEMORY "memory1/state", "" }, { MEMORY "memory2/valid_zones", "\xff\n" } }, ORIGIN_NONE },
};

static void put_file(const struct tree *tree, const struct file *file)
{
	_cleanup_free_ char *full = tree_path(tree, file->path);
	const size_t len = file->len ? file->len : strlen(file->text);
	FILE *f;

	tree_put(tree, file->path, "");
	f = fopen(full, "we");
	CHECK(f && fwrite(file->text, 1, len, f) == len);
	if (f)
		fclose(f);
}

TEST(impossible_values_are_not_taken_for_signals)
{
	struct class class = { .name = (char *)"device", .match = { .device = true } };
	struct config config = { .classes = &class, .n_classes = 1 };

	for (size_t i = 0; i < ELEMENTSOF(lies); i++) {
		enum origin origin = lies[i].origin == ORIGIN_NONE ? ORIGIN_BOOT : lies[i].origin;
		_cleanup_classification_ struct classification *k = NULL;
		_cleanup_tree_ struct tree tree = machine_of_two();

		printf("# %s\n", lies[i].what);
		/* A dax device with the driver kmem; without its target_node it is no signal. */
		tree_dax(&tree, "dax0.0", "platform/hmem.0", "-1\n", "kmem");
		for (size_t j = 0; j < ELEMENTSOF(lies[i].files) && lies[i].files[j].path; j++)
			put_file(&tree, &lies[i].files[j]);
		_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
		CHECK(t);
		CHECK_STR(origin_name(t->nodes[1].origin), origin_name(origin));
		CHECK_STR(origin_name(t->nodes[0].origin), "boot");
		CHECK_INT(classify(t, &config, NULL, &k), ==, 0);
		CHECK_INT(k->nodes[1].class, ==, origin == ORIGIN_BOOT || t->nodes[1].ordinary ? CLASS_SYSTEM : 0);
	}
}

/* Block sizes that no kernel has: there is no division by zero, and no address wraps into a device's range. */
TEST(an_impossible_block_size_makes_no_device_node)
{
	static const char *const sizes[] = { "0\n", "ffffffffffffffff\n", "8000000000000000\n" };

	for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
		_cleanup_tree_ struct tree tree = machine_of_two();

		tree_put(&tree, MEMORY "block_size_bytes", sizes[i]);
		tree_put(&tree, IOMEM, "0-2fffff : System RAM (kmem)\n0-2fffff : CXL Window 0\n");
		tree_put(&tree, REGION "resource", "0x0\n");
		tree_put(&tree, REGION "size", "0x300000\n");
		_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
		CHECK(t);
		CHECK_INT(t->nodes[1].origin, !=, ORIGIN_DAX);
		CHECK_INT(t->nodes[1].origin, !=, ORIGIN_CXL);
	}
}

TEST(an_invalid_list_of_possible_nodes_is_an_error)
{
	static const char *const lists[] = { "", "0-1024\n", "1-0\n", "x\n", "0-99999999999999999999\n", "0,-1\n" };

	for (size_t i = 0; i < ELEMENTSOF(lists); i++) {
		_cleanup_tree_ struct tree tree = machine_of_two();

		tree_put(&tree, NODE "possible", lists[i]);
		_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
		CHECK(!t);
	}
}

/* Many blocks of many nodes: none is lost or counted twice, and the address ranges of different nodes stay apart. */
TEST(many_blocks_are_read_completely)
{
	_cleanup_tree_ struct tree tree = machine_new();
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	tree_put(&tree, NODE "possible", "0-63\n");
	tree_put(&tree, NODE "online", "0-63\n");
	tree_put(&tree, NODE "has_memory", "0-63\n");
	tree_put(&tree, MEMORY "block_size_bytes", "100000\n");
	for (int i = 0; i < BLOCKS; i++) {
		char path[64];

		snprintf(path, sizeof(path), NODE "node%d/memory%d", i % 64, i);
		tree_put(&tree, path, "");
		snprintf(path, sizeof(path), MEMORY "memory%d/state", i);
		tree_put(&tree, path, "offline\n");
		if (i % 64)
			fprintf(f, "%llx-%llx : System RAM (kmem)\n", i * 0x100000ULL, i * 0x100000ULL + 0xfffff);
	}
	fclose(f);
	tree_put(&tree, IOMEM, text);
	_cleanup_topology_ struct topology *t = read_known(tree.dir, NULL);
	CHECK(t);
	CHECK_INT(t->n_blocks, ==, BLOCKS);
	for (size_t i = 0; i < BLOCKS; i++)
		CHECK(t->blocks[i].id == i && t->blocks[i].node == (int)(i % 64));
	for (int i = 0; i < 64; i++) {
		CHECK_INT(t->nodes[i].size, ==, (uint64_t)(BLOCKS / 64 + (i < BLOCKS % 64)) << 20);
		CHECK_INT(t->nodes[i].origin, ==, i ? ORIGIN_DAX : ORIGIN_BOOT);
	}
	CHECK_INT(sizeof(struct block), <=, 16);
}

CHECK_MAIN()

/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Pools of huge pages, and the message about a node that cannot be emptied, from files as the kernel writes them. */

#include "check.h"
#include "libcdm/engine/drain.h"
#include "libcdm/kernel/hugetlb.h"
#include "tree.h"

#define NODE1 "/sys/devices/system/node/node1"

static struct root root;

static void put_pool(struct tree *tree, const char *name, const char *pages, const char *unused)
{
	char path[256];

	snprintf(path, sizeof(path), NODE1 "/hugepages/%s/nr_hugepages", name);
	tree_put(tree, path, pages);
	snprintf(path, sizeof(path), NODE1 "/hugepages/%s/free_hugepages", name);
	tree_put(tree, path, unused);
}

TEST(pools_are_read_and_their_sizes_are_sorted)
{
	_cleanup_tree_ struct tree tree = tree_new();
	_cleanup_hugepages_ struct hugepages h = HUGEPAGES_NONE;
	const struct nodeset nodes = { { 6 } }; /* node 1, and node 2, which does not exist */

	tree_put(&tree, "/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "0\n");
	tree_put(&tree, "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "64\n");
	tree_put(&tree, "/sys/kernel/mm/hugepages/odd", "");
	put_pool(&tree, "hugepages-2048kB", "64\n", "60\n");
	put_pool(&tree, "hugepages-1048576kB", "0\n", "0\n");
	put_pool(&tree, "hugepages-", "1\n", "1\n");
	CHECK_INT(root_open(tree.dir, &root, NULL), ==, 0);
	CHECK_INT(hugepages_read(&root, &nodes, &h), ==, 0);
	CHECK_INT(h.n_sizes, ==, 2);
	CHECK_INT(h.sizes[0], ==, 2 << 20);
	CHECK_INT(h.sizes[1], ==, 1 << 30);
	CHECK_INT(h.n_pools, ==, 2);
	CHECK_INT(hugepages_pool(&h, 1, 2 << 20)->pages, ==, 64);
	CHECK_INT(hugepages_pool(&h, 1, 2 << 20)->unused, ==, 60);
	CHECK(!hugepages_pool(&h, 2, 2 << 20));
	root_close(&root);
}

TEST(a_kernel_without_hugetlb_has_no_pools)
{
	_cleanup_tree_ struct tree tree = tree_new();
	_cleanup_hugepages_ struct hugepages h = HUGEPAGES_NONE;
	const struct nodeset nodes = { { 2 } };

	CHECK_INT(root_open(tree.dir, &root, NULL), ==, 0);
	CHECK_INT(hugepages_read(&root, &nodes, &h), ==, 0);
	CHECK_INT(h.n_sizes + h.n_pools, ==, 0);
	root_close(&root);
}

TEST(drain_left_names_what_remains_the_biggest_first)
{
	_cleanup_tree_ struct tree tree = tree_new();
	_cleanup_free_ char *left = NULL;
	struct block blocks[] = { { .id = 32, .node = 1, .state = BLOCK_ONLINE, .zone = ZONE_MOVABLE },
				  { .id = 33, .node = 1, .state = BLOCK_ONLINE, .zone = ZONE_KERNEL } };
	struct topology t = { .blocks = blocks, .n_blocks = 2 };

	tree_put(&tree, NODE1 "/meminfo",
		 "Node 1 FilePages:      16 kB\nNode 1 AnonPages:      24 kB\nNode 1 Shmem:          4 kB\n");
	put_pool(&tree, "hugepages-2048kB", "64\n", "62\n");
	tree_put(&tree, NODE1 "/memory_failure/total", "1\n");
	tree_put(&tree, "/proc/77/comm", "so\tlver\n");
	tree_put(&tree, "/proc/77/numa_maps", "7f0000000000 default anon=1 N1=1 kernelpagesize_kB=4\n");
	tree_put(&tree, "/proc/9/comm", "big\n");
	tree_put(&tree, "/proc/9/numa_maps", "7f0000000000 default anon=7 N0=2 N1=5 kernelpagesize_kB=4\n");
	tree_put(&tree, "/proc/5/comm", "elsewhere\n");
	tree_put(&tree, "/proc/5/numa_maps", "7f0000000000 default anon=7 N0=7 kernelpagesize_kB=4\n");
	CHECK_INT(root_open(tree.dir, &root, NULL), ==, 0);
	left = drain_left(&root, &t, 1);
	CHECK_STR(left,
		  "4M stay: pid 9 (big) 20K, pid 77 (so\\x09lver) 4K, huge pages in use 4M, page cache 12K, "
		  "shared memory 4K, blocks outside zone Movable, where memory of the kernel's may be: 1, "
		  "poisoned pages: 1");
	root_close(&root);
}

TEST(drain_left_returns_nothing_for_an_empty_node)
{
	_cleanup_tree_ struct tree tree = tree_new();
	struct topology t = { 0 };

	tree_put(&tree, NODE1 "/meminfo", "Node 1 FilePages:      0 kB\nNode 1 AnonPages:      0 kB\n");
	CHECK_INT(root_open(tree.dir, &root, NULL), ==, 0);
	CHECK(!drain_left(&root, &t, 1));
	root_close(&root);
}

CHECK_MAIN()

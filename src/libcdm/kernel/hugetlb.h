/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Pools of huge pages, one for each node and size (mm/hugetlb.c, per_node_hstate_attrs); never the machine-wide ones.
 */

#include "basic/root.h"

#include <inttypes.h>

/* The pools of a node, and a file of the pool with a size in KiB. */
#define POOL_DIR "sys/devices/system/node/node%d/hugepages"
#define POOL_FILE POOL_DIR "/hugepages-%" PRIu64 "kB/%s"

struct node_pool {
	int node;
	uint64_t page_size;     /* bytes */
	uint64_t pages, unused; /* nr_hugepages, free_hugepages */
};

struct hugepages {
	struct node_pool *pools; /* by node, in the order of sysfs */
	size_t n_pools;
	uint64_t *sizes; /* bytes, ascending: all sizes of this machine */
	size_t n_sizes;
};
#define HUGEPAGES_NONE ((struct hugepages){ 0 })

/* A node or pool that vanishes meanwhile is no error, nor is a kernel without hugetlb. */
int hugepages_read(const struct root *root, const struct nodeset *nodes, struct hugepages *ret);
void hugepages_free(struct hugepages *h);
#define _cleanup_hugepages_ _cleanup_(hugepages_free)

/* Bytes in use in a node's pools of all sizes. */
uint64_t hugepages_used(const struct hugepages *h, int node);

/* NULL: there is no such pool. */
const struct node_pool *hugepages_pool(const struct hugepages *h, int node, uint64_t page_size);

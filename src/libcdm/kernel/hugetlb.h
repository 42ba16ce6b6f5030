/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Pools of huge pages, a node and size each (mm/hugetlb.c, per_node_hstate_attrs); never the machine-wide ones. */

#include "basic/root.h"

#include <inttypes.h>

/* Of a node and a size in KiB, one of its files. */
#define POOL_DIR "sys/devices/system/node/node%d/hugepages"
#define POOL_FILE POOL_DIR "/hugepages-%" PRIu64 "kB/%s"

struct node_pool {
	int node;
	uint64_t page_size;     /* bytes */
	uint64_t pages, unused; /* nr_hugepages, free_hugepages */
};

struct hugepages {
	struct node_pool *pools; /* by node, as sysfs lists them */
	size_t n_pools;
	uint64_t *sizes; /* bytes, ascending: what this machine has */
	size_t n_sizes;
};
#define HUGEPAGES_NONE ((struct hugepages){ 0 })

/* A node or pool that vanishes meanwhile, and a kernel without hugetlb, are no errors. */
int hugepages_read(const struct root *root, const struct nodeset *nodes, struct hugepages *ret);
void hugepages_free(struct hugepages *h);
#define _cleanup_hugepages_ _cleanup_(hugepages_free)

/* Bytes taken from a node's pools, of every size. */
uint64_t hugepages_used(const struct hugepages *h, int node);

/* NULL: there is none. */
const struct node_pool *hugepages_pool(const struct hugepages *h, int node, uint64_t page_size);

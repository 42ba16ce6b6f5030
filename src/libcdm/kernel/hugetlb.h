/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Pools of huge pages, a node and size each (mm/hugetlb.c, per_node_hstate_attrs); never the machine-wide ones. */

#include "libcdm/cgroup/cgroup.h"

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

/* NULL: there is none. */
const struct node_pool *hugepages_pool(const struct hugepages *h, int node, uint64_t page_size);

/*
 * Makes the pool of a node as large as asked, or as large as can be had: *ret is what it is then. From a child that may
 * use every node: __alloc_pages() refuses a node outside the writer's cpuset. 1: the time was over before the kernel gave
 * up; -ENOENT: no such pool.
 */
int hugepages_set(const struct root *root, const struct cgroups *cgroups, int node, uint64_t page_size, uint64_t pages,
		  unsigned limit_ms, uint64_t *ret, struct error *err);

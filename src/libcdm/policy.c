/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy.h"

#include <errno.h>
#include <sys/mman.h>

/* In this order: libnuma 2.0.16's macros lack the static flag and the newer modes, and would break the kernel's enum. */
#include <linux/mempolicy.h>

#include <numaif.h>

#ifndef MPOL_F_NUMA_BALANCING
#define MPOL_F_NUMA_BALANCING (1 << 13)
#endif

int policy_probe(enum cdm_policy p, const struct nodeset *nodes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *m = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r = 0;

	if (m == MAP_FAILED)
		return -errno;
	if (mbind(m, page, policy_mode(p), nodes->bits, NODESET_MAXNODE, 0) < 0)
		r = -errno;
	munmap(m, page);
	return r;
}

int policy_set_task(const struct nodeset *nodes, bool balancing)
{
	int mode = MPOL_BIND | MPOL_F_STATIC_NODES;

	if (balancing && set_mempolicy(mode | MPOL_F_NUMA_BALANCING, nodes->bits, NODESET_MAXNODE) == 0)
		return 0;
	if (set_mempolicy(mode, nodes->bits, NODESET_MAXNODE) < 0)
		return -errno;
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The memory policy system calls, by libnuma. */

#include "mempolicy.h"

#include "basic/missing.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/*
 * The order matters: libnuma 2.0.16's macros lack the static flag and the newer modes, and would break the kernel's
 * enum.
 */
#include <linux/mempolicy.h>

#include <numaif.h>

#ifndef MPOL_F_NUMA_BALANCING
#define MPOL_F_NUMA_BALANCING (1 << 13)
#endif

int policy_resolve(enum cdm_policy wanted, const struct nodeset *nodes, policy_probe_fn *probe, enum cdm_policy *ret)
{
	enum cdm_policy p = wanted;
	int r = probe(p, nodes);

	if (r == -EINVAL && p == POLICY_PREFER) {
		p = POLICY_PREFER_ONE;
		r = probe(p, nodes);
	}
	if (r >= 0)
		*ret = p;
	return r;
}

int policy_probe_home(enum cdm_policy p, const struct nodeset *nodes, int home)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *m = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r = 0;

	if (m == MAP_FAILED)
		return -errno;
	if (mbind(m, page, policy_mode(p), nodes->bits, NODESET_MAXNODE, 0) < 0 ||
	    syscall(SYS_set_mempolicy_home_node, m, page, (unsigned long)home, 0UL) < 0)
		r = -errno;
	munmap(m, page);
	return r;
}

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

size_t policy_task_modes(bool balancing, int modes[POLICY_TASK_MODES])
{
	const int mode = MPOL_BIND | MPOL_F_STATIC_NODES;
	size_t n = 0;

	if (balancing)
		modes[n++] = mode | MPOL_F_NUMA_BALANCING;
	modes[n++] = mode;
	return n;
}

int policy_set_task(const struct nodeset *nodes, bool balancing)
{
	int modes[POLICY_TASK_MODES], r = -EINVAL;
	const size_t n = policy_task_modes(balancing, modes);

	for (size_t i = 0; i < n && r < 0; i++)
		r = set_mempolicy(modes[i], nodes->bits, NODESET_MAXNODE) < 0 ? -errno : 0;
	return r;
}

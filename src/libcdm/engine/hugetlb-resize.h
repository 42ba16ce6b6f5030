/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "libcdm/cgroup/cgroup.h"

/*
 * Makes the pool of a node as large as asked, or as large as can be had: *ret is what it is then. From a child that may
 * use every node: __alloc_pages() refuses a node outside the writer's cpuset. 1: the time was over before the kernel
 * gave up; -ENOENT: no such pool.
 */
int hugepages_set(const struct root *root, const struct cgroups *cgroups, int node, uint64_t page_size, uint64_t pages,
		  unsigned limit_ms, uint64_t *ret, struct error *err);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "libcdm/cgroup/cgroup.h"

/*
 * Sets the size of a node's pool, or as much as the kernel can give: *ret is the size afterwards. The write is done in
 * a child that may use every node, since __alloc_pages() refuses a node outside the writer's cpuset. Returns 1 if the
 * time was over before the kernel gave up; -ENOENT: there is no such pool.
 */
_must_use_ int hugepages_set(const struct root *root, const struct cgroups *cgroups, int node, uint64_t page_size,
			     uint64_t pages, unsigned limit_ms, uint64_t *ret, struct error *err);

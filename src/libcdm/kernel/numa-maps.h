/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One line of /proc/PID/numa_maps, and what one of /proc/PID/maps adds to it: pure functions, for vma-stream.c. */

#include "residency.h"

#include "basic/maps-line.h"

/*
 * The longest line that is read of either file. The kernel writes at most four bytes for one of a path
 * (mangle_path()), and a path that a program can pass has PATH_MAX bytes; 1,024 nodes take 20 kB. A process can make
 * longer lines, by a file deep below directories that it enters one by one: it is not worth memory without a bound.
 */
#define VMA_LINE_MAX (64U << 10)

/*
 * Parses a line of numa_maps (fs/proc/task_mmu.c, show_numa_map()), which has no end of the VMA, and does not tell TEXT
 * and DATA from FILE. Pages are as the kernel counts them. -EINVAL: it is no such line; -ENOMEM.
 */
_must_use_ int numa_maps_line(struct span line, struct vma *ret);

/* gather_hugetlb_stats() counts huge pages; everything else is counted in base pages, of so many bytes. */
void vma_to_base_pages(struct vma *vma, uint64_t base);

/* Adds the end, the permissions and the full name to the VMA that the line of maps is about. -ENOMEM. */
_must_use_ int vma_add_map(struct vma *vma, const struct mapping *map, struct span name);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What nodeN/meminfo says of a node's memory. */

#include "basic/nodeset.h"
#include "basic/root.h"

#include <stdint.h>

#define BYTES_UNKNOWN UINT64_MAX

/* Bytes, by the kernel's names; BYTES_UNKNOWN: the file has no such line. Shared memory is in `file` too. */
struct meminfo {
	uint64_t total, free, anon, file, shmem;
};
#define MEMINFO_UNKNOWN ((struct meminfo){ BYTES_UNKNOWN, BYTES_UNKNOWN, BYTES_UNKNOWN, BYTES_UNKNOWN, BYTES_UNKNOWN })

/* Reads the file, once. -ENOENT, -ENODEV: there is no such node. */
int meminfo_read(const struct root *root, int node, struct meminfo *ret);

/* Memory of processes, anonymous and of files; or BYTES_UNKNOWN. */
uint64_t meminfo_used(const struct meminfo *m);

/* What is free on all of these nodes, in bytes. */
uint64_t meminfo_free(const struct root *root, const struct nodeset *nodes);

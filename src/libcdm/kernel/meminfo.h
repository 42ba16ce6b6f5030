/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The contents of nodeN/meminfo. */

#include "basic/nodeset.h"
#include "basic/root.h"

#include <stdint.h>

#define BYTES_UNKNOWN UINT64_MAX

/* Bytes, by the kernel's names; BYTES_UNKNOWN: the file has no such line. `file` includes shared memory. */
struct meminfo {
	uint64_t total, free, anon, file, shmem;
};
#define MEMINFO_UNKNOWN ((struct meminfo){ BYTES_UNKNOWN, BYTES_UNKNOWN, BYTES_UNKNOWN, BYTES_UNKNOWN, BYTES_UNKNOWN })

/* Reads the file once. -ENOENT, -ENODEV: there is no such node. */
int meminfo_read(const struct root *root, int node, struct meminfo *ret);

/* Anonymous memory and that of files; or BYTES_UNKNOWN. */
uint64_t meminfo_used(const struct meminfo *m);

/* Free bytes on all of these nodes. */
uint64_t meminfo_free(const struct root *root, const struct nodeset *nodes);

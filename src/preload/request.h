/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a call of mmap(2) asks for, and how it is served for a target. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>

#include "placement/placement.h"

struct request {
	void *p;
	size_t size;
	int prot, flags, fd;
	off_t offset;
};

static inline bool request_is_private(const struct request *r)
{
	return (r->flags & MAP_TYPE) == MAP_PRIVATE;
}

/* Maps the range; huge pages of a pool are reserved on the target's nodes (bind_task()). */
void *request_map(const struct placement_target *t, const struct request *r);

/*
 * Returns how much of the range is memory that the target's policy places and that can be filled now: for files in
 * memory, what exists of them; for other files, what a private mapping copies. Devices, the page cache and ranges
 * without rights count as nothing.
 */
size_t request_fills(const struct request *r);

/*
 * How the range is filled (MADV_POPULATE_WRITE, MADV_POPULATE_READ); 0 if it cannot be filled before it gets other
 * rights.
 */
int request_advice(const struct request *r);

/* Ends a request that fails: unmaps the range, sets errno and returns MAP_FAILED. */
void *request_fail(void *p, size_t size, int error);

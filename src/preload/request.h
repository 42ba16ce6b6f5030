/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a call of mmap(2) asks for, and what is made of it for a target. */

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

/* Maps it; huge pages of a pool are reserved on the target's nodes (bind_task()). */
void *request_map(const struct placement_target *t, const struct request *r);

/*
 * How much of it is memory that its policy places, and that can be had now: of files in memory what there is of them,
 * of others what a private mapping copies. Nothing of devices, nor of the page cache, nor without rights.
 */
size_t request_fills(const struct request *r);

/* How it is filled (MADV_POPULATE_WRITE, MADV_POPULATE_READ); 0: not before it has other rights. */
int request_advice(const struct request *r);

/* The end of a request that fails: MAP_FAILED, and nothing is mapped. */
void *request_fail(void *p, size_t size, int error);

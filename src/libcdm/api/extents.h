/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is free of a piece of memory that blocks are cut from: first fit. Offsets and sizes in bytes. */

#include "basic/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct extent {
	uint64_t offset, size;
};

struct extents {
	struct extent *v; /* by ascending offset, no two of them adjacent */
	size_t n, room;
	size_t blocks; /* that were taken and not given back */
};

#define EXTENTS_NONE ((struct extents){ 0 })

/* All of it is free. -ENOMEM. */
int extents_init(struct extents *e, uint64_t size);
void extents_done(struct extents *e);
#define _cleanup_extents_ _cleanup_(extents_done)

/* A block at a multiple of align, a power of two. -ENOSPC: nowhere; -ENOMEM. */
int extents_take(struct extents *e, uint64_t size, uint64_t align, uint64_t *ret);

/* Takes a block back; memory for that is always there. -EINVAL: some of it is free, or nothing was taken. */
int extents_give(struct extents *e, uint64_t offset, uint64_t size);

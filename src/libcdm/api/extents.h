/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The free pieces of a memory area that blocks are cut from, first fit. Offsets and sizes are in bytes. */

#include "basic/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct extent {
	uint64_t offset, size;
};

struct extents {
	struct extent *v; /* free pieces by ascending offset, no two of them adjacent */
	size_t n, room;
	size_t blocks; /* number of blocks that were taken and not given back */
};

#define EXTENTS_NONE ((struct extents){ 0 })

/* Begins with the whole area free. Returns 0 or -ENOMEM. */
int extents_init(struct extents *e, uint64_t size);
void extents_done(struct extents *e);
#define _cleanup_extents_ _cleanup_(extents_done)

/* Takes a block at a multiple of align, a power of two. -ENOSPC: no free piece is large enough; -ENOMEM. */
int extents_take(struct extents *e, uint64_t size, uint64_t align, uint64_t *ret);

/* Takes a block back; never allocates. -EINVAL: part of the block is free already, or no block is taken. */
int extents_give(struct extents *e, uint64_t offset, uint64_t size);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The allocator of device blocks: jemalloc, linked in under other names (jemalloc.syms), over the chunks. All functions
 * keep errno. A thread that cannot go in (gate.h) gets nothing; what it frees, the next one inside frees. None may be
 * called with a block that chunk_target() does not know.
 */

#include <stdbool.h>
#include <stddef.h>

#include "placement/placement.h"

/* Every block is aligned to this at least, as glibc's are. */
#define ARENA_ALIGN 16

/* align is a power of two. NULL if there is no device memory. */
void *arena_alloc(const struct placement_target *t, size_t size, size_t align, bool zero);

/* NULL if there is no device memory, or p is another target's; p is then untouched. */
void *arena_realloc(const struct placement_target *t, void *p, size_t size);

void arena_free(void *p);
size_t arena_usable_size(const void *p);

/* Once, before the others: what targets there are (kept, not copied), and what fork(2) wants. */
void arena_init(const struct placement *h);

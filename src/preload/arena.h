/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The allocator of device blocks: jemalloc, linked in under other names (jemalloc.syms), over the chunks. All functions
 * keep errno. A thread that cannot enter the gate (gate.h) gets no block; a block that it frees is released by the next
 * thread that enters. No function may be called with a block that chunk_target() does not know.
 */

#include <stdbool.h>
#include <stddef.h>

#include "placement/placement.h"

/* Every block is aligned to this at least, as glibc's are. */
#define ARENA_ALIGN 16

/* align is a power of two. Returns NULL if there is no device memory. */
void *arena_alloc(const struct placement_target *t, size_t size, size_t align, bool zero);

/* Returns NULL, and leaves p untouched, if there is no device memory or p belongs to another target. */
void *arena_realloc(const struct placement_target *t, void *p, size_t size);

void arena_free(void *p);
size_t arena_usable_size(const void *p);

/* Must be called once, before the others: sets the targets (kept, not copied) and the fork handlers. */
void arena_init(const struct placement *h);

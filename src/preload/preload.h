/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the hooks ask: is this range allowed, and where does it go? The answer is nearly always no, and then costs one
 * comparison.
 *
 * This library lives in other people's processes: it links libc alone, writes nothing, never exits, and keeps errno
 * when it succeeds. What it cannot do is done by the program's own malloc or mmap, on system memory.
 */

#include <stdbool.h>
#include <stddef.h>

#include "placement/placement.h"

#define _hot_ __attribute__((hot))
#define _cold_ __attribute__((noinline, cold))

/* The caller of the function that uses this macro. */
#define CALLER __builtin_extract_return_addr(__builtin_return_address(0))

/*
 * The smallest size that a rule may allow, by kind: a smaller request needs no second look. It is 0 until the plan has
 * been read, so that the first call reads the plan.
 */
extern size_t preload_smallest[PLACEMENT_KINDS] __attribute__((visibility("hidden"), aligned(64)));

static inline bool preload_may_allow(enum placement_kind kind, size_t size)
{
	return __builtin_expect(size >= preload_smallest[kind], 0);
}

/*
 * Returns the target that a rule sends the range to, or NULL if it is not allowed. All of them read the plan at the
 * first call. is_exec: whether the range is executable; name: NULL if it has none.
 */
const struct placement_target *preload_find_malloc(size_t size, const void *caller);
const struct placement_target *preload_find_anon(size_t size, bool is_exec, const char *name, const void *caller);
const struct placement_target *preload_find_file(size_t size, bool is_exec, const char *path);
const struct placement_target *preload_find_shm(size_t size, bool is_exec, const char *name);

/* Returns the target whose policy the memory at p has, or NULL if it has none, or one that the program gave it. */
const struct placement_target *preload_target_of(void *p);

/* Whether a rule sends executable memory there. */
bool preload_takes_code(const struct placement_target *t);

/*
 * The range is, or becomes, executable: its bound parts are let go, unless a rule allows executable memory too
 * (exec=yes).
 */
void preload_let_go(void *p, size_t size);

/* Whether a rule is about variables; then objects that are loaded later are searched too. */
extern bool preload_follows_objects __attribute__((visibility("hidden")));

/* Binds the variables of the objects that were loaded since the last call. */
void preload_look_at_objects(void);

/* Returns the strict target that the mapping at p was bound for, or NULL. */
const struct placement_target *preload_strict_at(void *p);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the hooks ask: is this size allowed? The answer is nearly always no, and then costs one comparison.
 *
 * This library lives in other people's processes: it links libc alone, writes nothing, never exits, keeps errno
 * where it succeeds, and whatever it cannot do is done by the program's own malloc or mmap, on system memory.
 */

#include <stdbool.h>
#include <stddef.h>

#include "handover.h"

#define _hot_ __attribute__((hot))
#define _cold_ __attribute__((noinline, cold))

/*
 * The smallest size that a rule allows, by kind: what is below needs no second look. Nothing is below until the plan
 * has been read, so that the first call comes to read it.
 */
extern size_t preload_smallest[HANDOVER_KINDS] __attribute__((visibility("hidden"), aligned(64)));

static inline bool preload_may_allow(enum handover_kind kind, size_t size)
{
	return __builtin_expect(size >= preload_smallest[kind], 0);
}

/* Whether a rule allows it. Reads the plan at the first call. */
bool preload_allows(enum handover_kind kind, size_t size);

/* Valid once preload_allows() has answered yes. */
const struct handover *preload_plan(void);

/* Whether what is allowed and cannot be bound has to fail (MPOL_BIND), instead of staying on system nodes. */
bool preload_is_strict(void);

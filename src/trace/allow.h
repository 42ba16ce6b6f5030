/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which system calls make ranges that a rule allows: pure functions. The tracer sees only mappings and the heap. A big
 * block of malloc(3) is a mapping, so rules for malloc and rules for anon are both rules for mappings here, in one
 * order.
 */

#include "arch.h"

#include "placement/placement-match.h"

#define ALLOW_NONE (-1)

/* Rules of these kinds are rules for private anonymous mappings. */
#define ALLOW_MAPPINGS (PLACEMENT_KIND(PLACEMENT_MALLOC) | PLACEMENT_KIND(PLACEMENT_ANON))

/* Whether a rule allows executable mappings at all. */
bool allow_exec(const struct placement *place);

/* Whether a rule is strict. */
bool allow_strict(const struct placement *place);

/* Returns the rule that allows the heap, or ALLOW_NONE. */
int allow_heap(const struct placement *place);

/* Returns the smallest size of a mapping that is allowed, or UINT64_MAX, which no mapping has, if none is. */
uint64_t allow_smallest(const struct placement *place);

/*
 * Returns the rule that may allow the range that a call makes. The range can still turn out not to be private
 * anonymous.
 */
int allow_call(const struct placement *place, const struct call *call);

/* The flags of mmap(2) that are examined, and the value that they must have: private and anonymous, and no stack. */
#define ALLOW_FLAGS_MASK (MAP_ANONYMOUS | MAP_TYPE | MAP_STACK | MAP_GROWSDOWN)
#define ALLOW_FLAGS (MAP_ANONYMOUS | MAP_PRIVATE)

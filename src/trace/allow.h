/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which system calls make ranges that a rule allows: pure functions. From outside there are mappings and the heap. What
 * malloc(3) makes of a big block is a mapping, so rules for malloc and for anon are rules for mappings here, in one
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

/* The rule that allows the heap; ALLOW_NONE. */
int allow_heap(const struct placement *place);

/* The smallest mapping that is allowed; UINT64_MAX, which no mapping has, when none is. */
uint64_t allow_smallest(const struct placement *place);

/* The rule that may allow the range that a call makes. It can still turn out to be no private anonymous one. */
int allow_call(const struct placement *place, const struct call *call);

/* What the flags of mmap(2) have to be, of those that are looked at: private and anonymous, and no stack. */
#define ALLOW_FLAGS_MASK (MAP_ANONYMOUS | MAP_TYPE | MAP_STACK | MAP_GROWSDOWN)
#define ALLOW_FLAGS (MAP_ANONYMOUS | MAP_PRIVATE)

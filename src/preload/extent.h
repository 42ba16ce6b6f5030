/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What jemalloc asks of memory (its extent hooks), answered by the chunks. */

#include <stdbool.h>
#include <stddef.h>

#define JEMALLOC_NO_RENAME
#define JEMALLOC_NO_DEMANGLE
#include <jemalloc/jemalloc.h>

#include "placement/placement.h"

/* jemalloc hands its hooks to themselves, so it is from them that they know whose they are. */
struct extent_owner {
	extent_hooks_t hooks;
	const struct placement_target *target;
};

void extent_own(struct extent_owner *owner, const struct placement_target *t);

/*
 * In this thread: a strict target has had no room for what was asked (to be set to false before); and bytes purged so
 * far.
 */
extern __thread bool extent_is_refused __attribute__((visibility("hidden")));
extern __thread size_t extent_given_back __attribute__((visibility("hidden")));

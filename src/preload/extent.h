/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* jemalloc's extent hooks, served from the chunks. */

#include <stdbool.h>
#include <stddef.h>

#define JEMALLOC_NO_RENAME
#define JEMALLOC_NO_DEMANGLE
#include <jemalloc/jemalloc.h>

#include "placement/placement.h"

/* jemalloc passes the hooks their own address, from which they find their target. */
struct extent_owner {
	extent_hooks_t hooks;
	const struct placement_target *target;
};

void extent_own(struct extent_owner *owner, const struct placement_target *t);

/*
 * Per thread: whether a strict target had no room for a request (set it to false before the request), and the bytes
 * purged so far.
 */
extern __thread bool extent_is_refused __attribute__((visibility("hidden")));
extern __thread size_t extent_given_back __attribute__((visibility("hidden")));

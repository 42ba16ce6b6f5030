/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Requests for strict targets: when they return, all of their memory is on the target's nodes, or they fail with ENOMEM
 * and nothing has changed (basic/fill.h). The target's policy spills, so there is no promise for pages that the kernel
 * makes later: copies after fork(2), and pages that were given back by madvise(2) or swapped out and are touched again.
 */

#include "request.h"

/*
 * Like mmap(2). A mapping that is to replace others (MAP_FIXED) is created elsewhere, and moved to its place when all
 * of it is filled: a refused request leaves the others alone.
 */
void *strict_map(const struct placement_target *t, const struct request *r);

/* Like mremap(2), for a mapping of the target that is to grow. */
void *strict_grow(const struct placement_target *t, void *old, size_t old_size, size_t size, int flags, void *to);

/*
 * Binds and fills a segment that was just attached at p. Returns 0, or a negative errno. Pages filled before a failure
 * stay: other processes may use them.
 */
int strict_attach(const struct placement_target *t, void *p, size_t size, bool writes);

/*
 * To be called before and after mprotect(2) makes a range writable. Returns the target of the range if there is
 * something to fill; *ret_error is then 0, or -ENOMEM if there is no room for it. Returns NULL if nothing is to be
 * done.
 */
const struct placement_target *strict_protect(void *p, size_t size, int *ret_error);
int strict_protected(const struct placement_target *t, void *p, size_t size);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Requests of strict targets: all of their memory is on the nodes when they return, or they fail with ENOMEM, and
 * nothing has changed (basic/fill.h). The target's policy spills, so what the kernel makes there later is no promise:
 * copies after fork(2), what was given back by madvise(2) or swapped out and is touched again.
 */

#include "request.h"

/*
 * As mmap(2). What is to replace other mappings (MAP_FIXED) is made elsewhere, and moved to its place when all of it is
 * there: a refused request leaves them alone.
 */
void *strict_map(const struct placement_target *t, const struct request *r);

/* As mremap(2), of a mapping of the target's that is to grow. */
void *strict_grow(const struct placement_target *t, void *old, size_t old_size, size_t size, int flags, void *to);

/*
 * A segment that was just attached at p: 0, or a negative errno. What has been filled of it stays: others may have it.
 */
int strict_attach(const struct placement_target *t, void *p, size_t size, bool writes);

/*
 * Before and after mprotect(2) lets a range be written to. The target whose it is, if there is something to be filled,
 * and room for it; *ret_error -ENOMEM: there is none. NULL: nothing is to be done.
 */
const struct placement_target *strict_protect(void *p, size_t size, int *ret_error);
int strict_protected(const struct placement_target *t, void *p, size_t size);

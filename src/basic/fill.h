/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Filling memory strictly: all of it on given nodes, or an error. MPOL_BIND does not provide that: when its nodes are
 * full, no page fault fails; the kernel calls its OOM killer, which may not even choose the task that filled them
 * (mempolicy_in_oom_domain(), mm/mempolicy.c). So the range has a policy that spills (MPOL_PREFERRED_MANY) and is
 * filled in pieces; after each piece the kernel is asked where the pages are. At most one piece spills, for a moment.
 */

#include "attributes.h"
#include "missing.h"
#include "nodeset.h"

#include <stddef.h>
#include <sys/types.h>

#define FILL_PIECE (4UL << 20)

/*
 * Fills the pages of [p, p + size) with `advice`, MADV_POPULATE_WRITE or MADV_POPULATE_READ. Returns 0; -ENOMEM if not
 * all of it is on the nodes; -EINVAL if the range is not writable, or not readable; another negative errno if the
 * kernel could not fill it. After a failure the pages made so far stay, for the caller to give back. Keeps errno, takes
 * no lock and allocates nothing.
 */
_must_use_ int fill_pages(void *p, size_t size, int advice, const struct nodeset *nodes);

/*
 * Whether every page of [p, p + size) in a process (0: the caller's) is on the nodes. Returns 0; -ENOMEM if not;
 * another negative errno if that cannot be told.
 */
_must_use_ int fill_look(pid_t pid, void *p, size_t size, const struct nodeset *nodes);

/* Returns in *ret how many of these bytes have no page, wherever the other pages are. */
_must_use_ int fill_missing(pid_t pid, void *p, size_t size, size_t *ret);

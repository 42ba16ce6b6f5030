/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Filling memory strictly: all of it on some nodes, or an error. Under MPOL_BIND that is not to be had, for where the
 * nodes are full the kernel fails no page fault but calls its OOM killer, which may not even choose the task that
 * filled them (mempolicy_in_oom_domain(), mm/mempolicy.c). So the range has a policy that spills (MPOL_PREFERRED_MANY),
 * is filled in pieces, and after each the kernel is asked where the pages are: what spills, for a moment, is one piece.
 */

#include "nodeset.h"

#include <stddef.h>
#include <sys/types.h>

#define FILL_PIECE (4UL << 20)

/* Since Linux 5.14; older headers lack them. */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

/*
 * Fills the pages of [p, p + size) by `advice`, one of the two above. 0; -ENOMEM: not all of it is on the nodes;
 * -EINVAL: the range lacks the right to be written to, or read; another negative errno: the kernel could not fill it.
 * What it has made then stays, for the caller to give back. Keeps errno, takes no lock and allocates nothing.
 */
int fill_pages(void *p, size_t size, int advice, const struct nodeset *nodes);

/*
 * Whether every page of [p, p + size) of a process (0: the caller's) is on the nodes: 0, -ENOMEM: it is not; or why not
 * to be told.
 */
int fill_look(pid_t pid, void *p, size_t size, const struct nodeset *nodes);

/* How much of it is not there, wherever the rest is. */
int fill_missing(pid_t pid, void *p, size_t size, size_t *ret);

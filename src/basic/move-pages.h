/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* move_pages(2) without libnuma, for all parts of the project. */

#include <errno.h>
#include <linux/mempolicy.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/*
 * With `nodes`, moves pages of a process (0: the caller's) that no other process has mapped; without, only tells where
 * they are. The status of each page is its node, or a negative errno. The new pages are allocated in the caller's name,
 * so the caller's cpuset must have the nodes. Returns how many pages could not be moved (since Linux 5.17), or a
 * negative errno if the call failed as a whole.
 */
static inline long move_pages_of(pid_t pid, size_t n, void *const *pages, const int *nodes, int *status)
{
	long r = syscall(SYS_move_pages, pid, n, pages, nodes, status, nodes ? MPOL_MF_MOVE : 0);

	return r < 0 ? -errno : r;
}

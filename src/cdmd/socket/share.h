/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Decides who gives way if there is no room for one more client: one of those who have most. Pure.
 *
 * Clients are counted by cgroup, from the top of the hierarchy downwards: among the top-level cgroups the one with most
 * clients, inside it the child with most, and so on; in one cgroup, the user with most. So a user gains nothing by
 * cgroups of his own, by user ids of his own (subuid(5)), or by processes; and what somebody in a session, a service or
 * a pod does, only those beside him there notice.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The levels of cgroups that are distinguished. */
#define SHARE_DEPTH 8

struct share {
	const char *cgroup; /* a path without a leading slash */
	uid_t uid;
	uint64_t since; /* of those who have as much, the one with the lowest gives way */
};

/* Returns the index of the one that gives way to the last of n, which is n - 1 if the last one itself has most. */
size_t share_gives_way(const struct share *v, size_t n);

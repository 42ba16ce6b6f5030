/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who is at the other end of a Unix socket, by the kernel's word (unix(7)). */

#include "basic/root.h"

#include <sys/types.h>

struct peer {
	pid_t pid; /* of the process that connected; 0: it is not to be seen from our pid namespace */
	uid_t uid; /* effective, as the others are, when it connected */
	gid_t gid;
	gid_t *groups; /* supplementary ones, once peer_get_groups() was asked; owned */
	size_t n_groups;
};

/* SO_PEERCRED. */
int peer_of(int fd, struct peer *ret, struct error *err);

/* SO_PEERGROUPS: it may be 64 Ki of them, so they are kept no longer than needed. */
int peer_get_groups(int fd, struct peer *peer, struct error *err);
void peer_forget_groups(struct peer *peer);

bool peer_in_group(const struct peer *peer, gid_t gid);

/*
 * A pidfd of the process that connected. By SO_PEERPIDFD, since Linux 6.5, it is that process and no other. Before, it
 * is the one that has its pid now: whoever opens it must see to it, afterwards, that the two are the same.
 */
int peer_pidfd(int fd, const struct peer *peer, struct error *err);

/* Whether the process of a pidfd has not ended. */
bool pidfd_is_alive(int pidfd);

/*
 * Whether the process belongs to this user alone: its ids are his, and it is not one that the kernel protects from him
 * (set-user-ID, set-group-ID, file capabilities, or what he may execute but not read). Such a program can have been
 * talked into writing to a socket that it was handed. -ENOENT: there is none of this number, or /proc hides it from us.
 */
int process_is_of(const struct root *root, pid_t pid, uid_t uid, gid_t gid);

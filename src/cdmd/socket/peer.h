/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The process at the other end of a Unix socket, as the kernel reports it (unix(7)). */

#include "basic/root.h"

#include <sys/types.h>

struct peer {
	pid_t pid; /* of the process that connected; 0: it is not visible in cdmd's pid namespace */
	uid_t uid; /* like gid and groups, the effective one from when it connected */
	gid_t gid;
	gid_t *groups; /* supplementary groups, once peer_get_groups() was called; owned */
	size_t n_groups;
	char *cgroup; /* where the process was when it connected (cgroup_of_session()); "" if that is unknown. Owned */
	/*
	 * It is root on this machine: uid 0 with CAP_SYS_ADMIN in cdmd's user namespace. Root of a container may have
	 * uid 0 alone.
	 */
	bool root;
};

/* SO_PEERCRED, and what /proc says of that process. The caller owns it: peer_free(). */
_must_use_ int peer_of(const struct root *root, int fd, struct peer *ret, struct error *err);
void peer_free(struct peer *peer);

/* SO_PEERGROUPS. There may be 64 Ki of them, so they are kept no longer than needed. */
_must_use_ int peer_get_groups(int fd, struct peer *peer, struct error *err);
void peer_forget_groups(struct peer *peer);

bool peer_in_group(const struct peer *peer, gid_t gid);

/*
 * Returns a pidfd of the process that connected. With SO_PEERPIDFD (Linux 6.5 and later) it is certainly that process.
 * Before, it is the process that has its pid now: the caller must check afterwards that it is the same one.
 */
_must_use_ int peer_pidfd(int fd, const struct peer *peer, struct error *err);

/* Whether the process of a pidfd has not ended yet. */
bool pidfd_is_alive(int pidfd);

/*
 * Whether the process belongs to this user alone: it has his ids, and it is not one that the kernel protects from him
 * (set-user-ID, set-group-ID, file capabilities, or a program that he may execute but not read). Such a program could
 * be tricked into writing to a socket that it inherited. -ENOENT: there is no process of this pid, or /proc hides it.
 */
int process_is_of(const struct root *root, pid_t pid, uid_t uid, gid_t gid);

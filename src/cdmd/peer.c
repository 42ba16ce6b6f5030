/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* asm-generic/socket.h of Linux 6.5 */
#endif

/* NGROUPS_MAX is 65536; who is in so many is asked for no more than that. */
static int get_groups(int fd, struct peer *peer)
{
	socklen_t size = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0)
		return 0;
	if (errno != ERANGE)
		return -errno;
	peer->groups = malloc(size);
	if (!peer->groups)
		return -ENOMEM;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer->groups, &size) < 0)
		return -errno;
	peer->n_groups = size / sizeof(gid_t);
	return 0;
}

int peer_of(int fd, struct peer *ret, struct error *err)
{
	_cleanup_peer_ struct peer peer = PEER_NONE;
	struct ucred cred;
	socklen_t size = sizeof(cred);
	int r;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
		return fail(err, -errno, "SO_PEERCRED: %m");
	peer.pid = cred.pid;
	peer.uid = cred.uid;
	peer.gid = cred.gid;
	r = get_groups(fd, &peer);
	if (r < 0)
		return fail(err, r, "SO_PEERGROUPS: %m");
	*ret = TAKE(peer, PEER_NONE);
	return 0;
}

void peer_free(struct peer *peer)
{
	free(peer->groups);
	*peer = PEER_NONE;
}

bool peer_in_group(const struct peer *peer, gid_t gid)
{
	for (size_t i = 0; i < peer->n_groups; i++)
		if (peer->groups[i] == gid)
			return true;
	return peer->gid == gid;
}

int peer_pidfd(int fd, const struct peer *peer, struct error *err)
{
	int pidfd = -1;
	socklen_t size = sizeof(pidfd);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) < 0) {
		if (errno != ENOPROTOOPT)
			return fail(err, -ESRCH, "the process that connected has ended");
		pidfd = (int)syscall(SYS_pidfd_open, peer->pid, 0);
		if (pidfd < 0)
			return errno == ESRCH ? fail(err, -ESRCH, "the process that connected has ended") :
						fail(err, -errno, "pidfd_open: %m");
	}
	return pidfd;
}

bool pidfd_is_alive(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

/*
 * /proc/PID itself is its effective user's; what is in it is root's for a process that cannot be dumped
 * (task_dump_owner(), fs/proc/base.c), which it is not after an exec that gave it another's ids or more capabilities
 * (begin_new_exec(), commit_creds()).
 */
bool process_is_of(const struct root *root, pid_t pid, uid_t uid, gid_t gid)
{
	_cleanup_close_ int fd = root_openf(root, O_PATH | O_NOFOLLOW, "proc/%d/fd", (int)pid);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == uid && st.st_gid == gid;
}

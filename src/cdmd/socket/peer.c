/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The process at the other end of the socket, held by a pidfd. */

#include "peer.h"

#include "basic/strutil.h"
#include "libcdm/cgroup/cgroup.h"
#include "libcdm/kernel/process-status.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* asm-generic/socket.h of Linux 6.5 */
#endif

/* The user namespace is told by its map of user ids, which everybody may read, unlike /proc/PID/ns/user. */
static bool is_in_our_userns(const struct root *root, pid_t pid)
{
	_cleanup_free_ char *its = NULL, *ours = NULL;

	return root_read(root, &its, NULL, "proc/%d/uid_map", (int)pid) >= 0 &&
	       root_read(root, &ours, NULL, "proc/self/uid_map") >= 0 && streq(its, ours);
}

static bool has_sys_admin(const struct root *root, pid_t pid)
{
	_cleanup_free_ char *status = NULL;
	const char *field = process_status(root, pid, &status) >= 0 ? status_field(status, "CapEff") : NULL;

	return field && (strtoull(field, NULL, 16) >> CAP_SYS_ADMIN) & 1;
}

int peer_of(const struct root *root, int fd, struct peer *ret, struct error *err)
{
	struct ucred cred;
	socklen_t size = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
		return fail(err, -errno, "SO_PEERCRED: %m");
	*ret = (struct peer){ .pid = cred.pid, .uid = cred.uid, .gid = cred.gid };
	if (!cred.pid || cgroup_of_session(root, cred.pid, &ret->cgroup, NULL) < 0)
		ret->cgroup = strdup("");
	if (!ret->cgroup)
		return fail(err, -ENOMEM, "%m");
	ret->root = cred.uid == 0 && cred.pid && has_sys_admin(root, cred.pid) && is_in_our_userns(root, cred.pid);
	return 0;
}

void peer_free(struct peer *peer)
{
	peer_forget_groups(peer);
	free(peer->cgroup);
	peer->cgroup = NULL;
}

int peer_get_groups(int fd, struct peer *peer, struct error *err)
{
	_cleanup_free_ gid_t *groups = NULL;
	socklen_t size = 0;

	/* With no buffer, the kernel returns the size (sk_getsockopt()). */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0)
		return 0;
	if (errno != ERANGE)
		return fail(err, -errno, "SO_PEERGROUPS: %m");
	groups = malloc(size);
	if (!groups)
		return fail(err, -ENOMEM, "SO_PEERGROUPS: %m");
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return fail(err, -errno, "SO_PEERGROUPS: %m");
	peer_forget_groups(peer);
	peer->groups = TAKE_PTR(groups);
	peer->n_groups = size / sizeof(gid_t);
	return 0;
}

void peer_forget_groups(struct peer *peer)
{
	free(peer->groups);
	peer->groups = NULL;
	peer->n_groups = 0;
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
 * /proc/PID itself belongs to the effective user of the process. The files in it belong to root if the process is not
 * dumpable (task_dump_owner(), fs/proc/base.c), as after an exec that changed its ids or raised its capabilities
 * (begin_new_exec(), commit_creds()).
 */
int process_is_of(const struct root *root, pid_t pid, uid_t uid, gid_t gid)
{
	_cleanup_close_ int fd = root_openf(root, O_PATH | O_NOFOLLOW, "proc/%d/fd", (int)pid);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == uid && st.st_gid == gid;
}

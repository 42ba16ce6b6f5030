/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "instance.h"

#include "libcdm/state.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#define LOCK_FILE STATE_DIR "/cdmd.lock"

int instance_lock(const struct root *root, struct error *err)
{
	_cleanup_close_ int fd = -1;

	if (mkdirat(root->fd, STATE_DIR, 0755) < 0 && errno != EEXIST)
		return fail(err, -errno, "creating /%s: %m", STATE_DIR);
	fd = openat(root->fd, LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail(err, -errno, "/%s: %m", LOCK_FILE);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ?
			       fail(err, -EBUSY, "another cdmd is running already (it holds /%s)", LOCK_FILE) :
			       fail(err, -errno, "/%s: flock: %m", LOCK_FILE);
	return TAKE_FD(fd);
}

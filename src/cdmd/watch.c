/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "watch.h"

#include "libcdm/leaf.h"

#include <errno.h>
#include <sys/inotify.h>

int watch_open(struct error *err)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	return fd < 0 ? fail(err, -errno, "inotify: %m") : fd;
}

static int watch(int fd, const struct cgroups *g, const char *path, const char *file, uint32_t mask)
{
	_cleanup_free_ char *name = NULL;

	if (asprintf(&name, "/%s/%s/%s", g->mount, path, file) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	/* ENOENT: gone already, or the controller is not on yet; both announce themselves one level up. */
	return inotify_add_watch(fd, name, mask | IN_DONT_FOLLOW) < 0 && errno != ENOENT ? -errno : 0;
}

static int watch_cgroup(int fd, const struct cgroups *g, const char *path, bool below)
{
	int r = below ? watch(fd, g, path, "", IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_ONLYDIR) : 0;

	if (*path && r >= 0)
		r = watch(fd, g, path, "cpuset.mems", IN_MODIFY);
	return leaf_is_ours(path) && r >= 0 ? watch(fd, g, path, "cgroup.events", IN_MODIFY) : r;
}

int watch_update(int fd, const struct root *root, const struct snapshot *now, const struct config *config)
{
	const struct cgroups *g = now->cgroups;
	int failed = 0;

	if (!root->live)
		return 0;
	for (size_t i = 0; i < g->n; i++) {
		const char *path = g->v[i].path;
		int r = watch_cgroup(fd, g, path, !*path || config_reaches(config, path));

		failed = r < 0 ? r : failed;
	}
	return failed;
}

bool watch_drain(int fd)
{
	_Alignas(struct inotify_event) char buf[4096];
	bool any = false;

	for (;;) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n > 0)
			any = true;
		else if (n == 0 || errno != EINTR)
			return any;
	}
}

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

static void watch(int fd, const struct cgroups *g, const char *path, const char *file, uint32_t mask)
{
	_cleanup_free_ char *name = NULL;

	if (asprintf(&name, "/%s/%s/%s", g->mount, path, file) < 0) {
		name = NULL;
		return;
	}
	/* ENOENT: gone already, or the controller is not on yet; both announce themselves one level up. */
	(void)inotify_add_watch(fd, name, mask | IN_DONT_FOLLOW);
}

void watch_update(int fd, const struct root *root, const struct snapshot *now, const struct config *config)
{
	const struct cgroups *g = now->cgroups;

	if (!root->live)
		return;
	for (size_t i = 0; i < g->n; i++) {
		const char *path = g->v[i].path;

		if (!*path || config_reaches(config, path))
			watch(fd, g, path, "", IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_ONLYDIR);
		if (*path)
			watch(fd, g, path, "cpuset.mems", IN_MODIFY);
		if (leaf_is_ours(path))
			watch(fd, g, path, "cgroup.events", IN_MODIFY);
	}
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

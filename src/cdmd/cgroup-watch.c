/* SPDX-License-Identifier: GPL-2.0-or-later */

/* inotify watches on the cgroups where a new one could appear or a list could change. */

#include "cgroup-watch.h"

#include "libcdm/cgroup/cgroup-leaf.h"

#include "basic/array.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>

int watch_open(struct watch *w, struct error *err)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0)
		return fail(err, -errno, "inotify: %m");
	w->fd = fd;
	return fd;
}

void watch_close(struct watch *w)
{
	if (w->fd >= 0)
		close(w->fd);
	free(w->v);
	*w = WATCH_NONE;
}

/* The arguments and results of one update. */
struct update {
	struct watch *w;
	const struct cgroups *g;
	bool new;
	int failed;
};

/* Index of wd in the sorted array, or where to insert it. */
static size_t place_of(const struct watch *w, int wd)
{
	return FIND_PLACE(w->v, w->n, watched, watched->wd < wd);
}

static int mark(struct update *u, int wd)
{
	struct watch *w = u->w;
	size_t at = place_of(w, wd);
	struct watched *new;

	if (at < w->n && w->v[at].wd == wd) {
		w->v[at].seen = true;
		return 0;
	}
	new = INSERT(w->v, w->n, at);
	if (!new)
		return -ENOMEM;
	*new = (struct watched){ .wd = wd, .seen = true };
	u->new = true;
	return 0;
}

static void watch(struct update *u, const char *path, const char *file, uint32_t mask)
{
	_cleanup_free_ char *name = NULL;
	int wd, r;

	if (asprintf(&name, "/%s/%s/%s", u->g->mount, path, file) < 0) {
		name = NULL;
		u->failed = -ENOMEM;
		return;
	}
	wd = inotify_add_watch(u->w->fd, name, mask | IN_DONT_FOLLOW);
	r = wd < 0 ? -errno : mark(u, wd);
	/*
	 * ENOENT: the cgroup is gone, or the controller is off. The watch on the parent reports both when they change.
	 */
	if (r < 0 && r != -ENOENT && r != -ENODEV && r != -ENOTDIR)
		u->failed = r;
}

/* Top-level cgroups, and the children of groups and conduits. Below a fenced cgroup, the fence limits every list. */
static bool is_managed(const struct config *config, const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *parent = slash ? strndup(path, (size_t)(slash - path)) : NULL;

	return *path && (!slash || !parent || config_reaches(config, parent));
}

static void watch_cgroup(struct update *u, const char *path, const struct config *config)
{
	bool v1 = u->g->world == WORLD_V1;
	char mems[16];

	snprintf(mems, sizeof(mems), "%smems", u->g->prefix);
	if (!*path || config_reaches(config, path)) {
		watch(u, path, "", IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR);
		if (!v1)
			watch(u, path, "cgroup.subtree_control", IN_MODIFY);
	}
	if (v1 && !*path) {
		watch(u, path, "cgroup.procs", IN_MODIFY);
		watch(u, path, "tasks", IN_MODIFY);
	}
	if (is_managed(config, path))
		watch(u, path, mems, IN_MODIFY);
	if (leaf_is_ours(path))
		watch(u, path, "cgroup.events", IN_MODIFY);
}

/*
 * The kernel removes the watch of a directory together with the directory. Watches on its files stay: kernfs_remove()
 * sends no event before 6.18, and the inotify mark keeps the inode.
 */
static void forget_unseen(struct watch *w)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->n; i++) {
		if (w->v[i].seen)
			w->v[kept++] = w->v[i];
		else
			(void)inotify_rm_watch(w->fd, w->v[i].wd);
	}
	w->n = kept;
}

int watch_update(struct watch *w, const struct root *root, const struct snapshot *now, const struct config *config,
		 bool *ret_new)
{
	struct update u = { .w = w, .g = now->cgroups };

	if (!root->live)
		return 0;
	for (size_t i = 0; i < w->n; i++)
		w->v[i].seen = false;
	for (size_t i = 0; i < u.g->n; i++)
		watch_cgroup(&u, u.g->v[i].path, config);
	forget_unseen(w);
	*ret_new = u.new;
	return u.failed;
}

/* IN_IGNORED only says that a watch of ours has ended: it is no news. */
static bool has_news(const char *buf, size_t len)
{
	const struct inotify_event *e;

	for (size_t at = 0; at < len; at += sizeof(*e) + e->len) {
		const void *here = buf + at;

		e = here;
		if (e->mask & ~(uint32_t)IN_IGNORED)
			return true;
	}
	return false;
}

bool watch_drain(const struct watch *w)
{
	_Alignas(struct inotify_event) char buf[4096];
	bool any = false;

	for (;;) {
		ssize_t n = read(w->fd, buf, sizeof(buf));

		if (n > 0)
			any |= has_news(buf, (size_t)n);
		else if (n == 0 || errno != EINTR)
			return any;
	}
}

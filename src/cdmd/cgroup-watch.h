/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * inotify on the cgroup tree: cgroups that come and go where the engine looks (the top level, groups, conduits),
 * anybody's write to a cpuset.mems that it manages, the controller turned on or off, leaves whose program has ended,
 * and on v1 processes put into the root cpuset. cgroupfs reports them through the VFS (fsnotify_mkdir(),
 * fsnotify_modify(), kernfs_notify() for cgroup.events).
 */

#include "basic/error.h"
#include "libcdm/snapshot/snapshot.h"

struct watched {
	int wd;
	bool seen; /* in the snapshot at hand */
};

struct watch {
	int fd;
	struct watched *v; /* by ascending wd */
	size_t n;
};

#define WATCH_NONE ((struct watch){ .fd = -1 })

int watch_open(struct watch *w, struct error *err);
void watch_close(struct watch *w);

/*
 * Watches what this snapshot shows, and nothing else. *ret_new: something of it was not watched before, so that what
 * came there between the look and now announced itself to nobody: look again. Negative errno (-ENOSPC:
 * fs.inotify.max_user_watches) when not everything could be watched: somebody has to look without being woken.
 */
int watch_update(struct watch *w, const struct root *root, const struct snapshot *now, const struct config *config,
		 bool *ret_new);

/* Takes all that is queued: true when something came. */
bool watch_drain(const struct watch *w);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * inotify on the cgroup tree. It reports cgroups that appear and disappear where the engine looks (the top level,
 * groups, conduits), writes to a cpuset.mems that cdmd manages, the controller being turned on or off, leaves whose
 * program has ended, and on v1 processes moved into the root cpuset. cgroupfs raises these events through the VFS
 * (fsnotify_mkdir(), fsnotify_modify(), kernfs_notify() for cgroup.events).
 */

#include "basic/error.h"
#include "libcdm/snapshot/snapshot.h"

struct watched {
	int wd;
	bool seen; /* in the current snapshot */
};

struct watch {
	int fd;
	struct watched *v; /* by ascending wd */
	size_t n;
};

#define WATCH_NONE ((struct watch){ .fd = -1 })

_must_use_ int watch_open(struct watch *w, struct error *err);
void watch_close(struct watch *w);

/*
 * Watches the cgroups that this snapshot shows, and no others. *ret_new is true if one of them was not watched before:
 * changes in it since the snapshot was taken raised no event, so the caller must look again. Returns a negative errno
 * (-ENOSPC: fs.inotify.max_user_watches) if not everything could be watched: the caller must then look without being
 * woken.
 */
int watch_update(struct watch *w, const struct root *root, const struct snapshot *now, const struct config *config,
		 bool *ret_new);

/* Reads all queued events; true if there was one that matters. */
bool watch_drain(const struct watch *w);

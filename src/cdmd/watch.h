/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * inotify on the cgroup tree: cgroups that come and go where the engine looks (the top level, groups, conduits),
 * anybody's write to a cpuset.mems that it manages, and leaves whose program has ended. cgroupfs reports them through
 * the VFS (fsnotify_mkdir(), fsnotify_modify(), kernfs_notify() for cgroup.events).
 */

#include "basic/error.h"
#include "libcdm/snapshot.h"

/* Returns the inotify descriptor. */
int watch_open(struct error *err);

/*
 * Watches what this snapshot shows. A cgroup that is gone takes its watches along. Negative errno (-ENOSPC:
 * fs.inotify.max_user_watches) when not everything could be watched: somebody has to look without being woken.
 */
int watch_update(int fd, const struct root *root, const struct snapshot *now, const struct config *config);

/* Takes all that is queued: true when something came. */
bool watch_drain(int fd);

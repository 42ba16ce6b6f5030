/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Moves a process into a leaf of a group at its own request. */

#include "enter-group.h"

#include "libcdm/cgroup/cgroup-leaf.h"
#include "libcdm/snapshot/grant.h"
#include "cdmd/loop/log.h"

#include <errno.h>

static int choose_mems(const struct view *view, const struct entry *entry, struct nodeset *ret, struct error *err)
{
	const struct snapshot *now = view->now;
	struct nodeset devices;
	int r = grant_devices(now->classes, now->topology, config_granted(view->config, entry->group), entry->group,
			      entry->nodes, &devices, err);

	if (r < 0)
		return r;
	*ret = grant_mems(now->classes, now->topology, &devices);
	return 0;
}

/*
 * A process is moved by its pid. The kernel gives a pid to another process only after its process was waited for, so if
 * the process of the pidfd is alive after the move, it is the one that was moved. If it is not, the leaf is removed; if
 * the kernel refuses that, the leaf holds another process that got the pid.
 */
static int check_moved(struct cgroup_ctl *ctl, const struct entry *entry, const char *path, struct error *err)
{
	_cleanup_error_ struct error why = ERROR_NONE;

	if (pidfd_is_alive(entry->pidfd))
		return 0;
	if (leaf_is_ours(path) && cgroup_remove(ctl, path, &why) < 0)
		log_event(LOG_LEVEL_ERR, "stray", "cgroup", path, "message", error_text(&why), "then",
			  "it ended while it was moved, and another process may have been moved in its place", NULL);
	return fail(err, -ESRCH, "the process that connected has ended");
}

static void log_entered(const struct entry *entry, const char *path)
{
	char uid[16], pid[16];

	snprintf(uid, sizeof(uid), "%u", (unsigned)entry->peer->uid);
	snprintf(pid, sizeof(pid), "%d", (int)entry->pid);
	log_event(LOG_LEVEL_INFO, "entered", "uid", uid, "pid", pid, "cgroup", path, NULL);
}

int enter_group(const struct view *view, const struct root *root, const struct entry *entry, char **ret_path,
		struct error *err)
{
	_cleanup_cgroup_ctl_ struct cgroup_ctl *ctl = NULL;
	_cleanup_free_ char *path = NULL;
	struct nodeset mems;
	int r;

	if (!view->now)
		return fail(err, -EAGAIN, "cdmd could not read the nodes yet: see its log");
	r = choose_mems(view, entry, &mems, err);
	if (r >= 0)
		r = cgroup_ctl_new(root, view->now->cgroups, &ctl, err);
	if (r >= 0)
		r = cgroup_enter(ctl, entry->pid, entry->group, &mems, &path, err);
	if (r >= 0)
		r = check_moved(ctl, entry, path, err);
	if (r < 0)
		return r;
	log_entered(entry, path);
	*ret_path = TAKE_PTR(path);
	return 0;
}

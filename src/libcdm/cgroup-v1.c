/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "cgroup-ops.h"

#include <errno.h>

/* v1 has the controller wherever its hierarchy reaches. */
static int switch_cpuset(struct cgroup_ctl *ctl _unused_, const char *path _unused_, bool on _unused_,
			 struct error *err _unused_)
{
	return 0;
}

static int inherit(struct cgroup_ctl *ctl, const char *path, const char *file, struct error *err)
{
	_cleanup_free_ char *parent = cgroup_parent(path), *value = NULL, *own = NULL;
	int r = parent ? root_read_line(ctl->root, &own, "%s/%s/%s", ctl->mount, path, file) : -ENOMEM;

	if (r == 0 && *own)
		return 0;
	if (r == 0)
		r = root_read_line(ctl->root, &value, "%s/%s/%s", ctl->mount, parent, file);
	if (r == 0)
		r = root_write(ctl->root, value, "%s/%s/%s", ctl->mount, path, file);
	return r < 0 ? fail(err, r, "cgroup /%s: setting %s as it is above: %m%s", path, file, cgroup_remedy(r)) : 0;
}

/* A new cpuset is empty, and nothing can enter it: cpuset_can_attach() wants both lists. */
static int make(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	int r = cgroup_lib_create(ctl, path, err);

	if (r == 0)
		r = inherit(ctl, path, "cpuset.cpus", err);
	return r < 0 ? r : inherit(ctl, path, "cpuset.mems", err);
}

static int enter(struct cgroup_ctl *ctl, pid_t pid, const char *group, const struct nodeset *mems _unused_,
		 char **ret_path, struct error *err)
{
	_cleanup_free_ char *now = NULL;
	int r = cgroup_lib_enter(ctl, pid, group, err);

	if (r == 0)
		r = cgroup_ctl_where(ctl, pid, &now, err);
	if (r < 0)
		return r;
	*ret_path = TAKE_PTR(now);
	return 0;
}

const struct cgroup_ops cgroup_ops_v1 = {
	.switch_cpuset = switch_cpuset,
	.make = make,
	.remove = cgroup_lib_remove,
	.set_mems = cgroup_write_mems,
	.enter = enter,
};

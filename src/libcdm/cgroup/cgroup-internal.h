/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the cgroup code: the operations of a world, and what the worlds share. */

#include "cgroup.h"

/* As their namesakes in cgroup.h; the path is safe, the root is live, a pid is never 0. */
struct cgroup_ops {
	int (*switch_cpuset)(struct cgroup_ctl *ctl, const char *path, bool on, struct error *err);
	int (*make)(struct cgroup_ctl *ctl, const char *path, struct error *err);
	int (*remove)(struct cgroup_ctl *ctl, const char *path, struct error *err);
	int (*set_mems)(struct cgroup_ctl *ctl, const char *path, const struct nodeset *mems, struct error *err);
	int (*enter)(struct cgroup_ctl *ctl, pid_t pid, const char *group, const struct nodeset *mems, char **ret_path,
		     struct error *err);
};

extern const struct cgroup_ops cgroup_ops_v1, cgroup_ops_v2, cgroup_ops_systemd;

/* What to do about a failure, as the end of a message: "; ..." or "". */
const char *cgroup_remedy(int code);

/* Whether a list of controllers, as the kernel's files have it, names cpuset. */
bool cgroup_lists_cpuset(const char *text);

/* Where a process is, as /proc/PID/cgroup says. -ESRCH: it has ended. */
int cgroup_ctl_where(const struct cgroup_ctl *ctl, pid_t pid, char **ret, struct error *err);

/* What follows the prefix in cpuset.mems.effective, or what v1 calls it. */
const char *cgroup_effective_file(enum cgroup_world world);

/* Whether a process may be moved out of the root cpuset: it is there, no kernel thread, not bound to CPUs by force. */
bool cgroup_stray(const struct root *root, const char *pid);

/* One of a v1 cpuset's switches: "memory_migrate", "mem_exclusive". It is off where there is no such file. */
int cgroup_v1_switch(const struct root *root, const char *mount, const char *path, const char *prefix, const char *file,
		     bool *ret);

/*
 * Gives a new v1 cpuset, whose list ("cpus", "mems") is empty, that of its parent, without what a cgroup beside it has
 * for itself (cpuset.cpu_exclusive). The message names that cgroup when nothing is left.
 */
int cgroup_v1_inherit(struct cgroup_ctl *ctl, const char *path, const char *file, struct error *err);

/* The hierarchy with the cpuset controller: fills world, mount and cpuset_available. */
int cgroups_find_hierarchy(const struct root *root, struct cgroups *g, struct error *err);

/* The last component of a path. */
const char *cgroup_name(const char *path);

/* libcgroup's part: making a cgroup (there already: fine) with those above it, removing an empty one. */
int cgroup_lib_create(struct cgroup_ctl *ctl, const char *path, struct error *err);
int cgroup_lib_remove(struct cgroup_ctl *ctl, const char *path, struct error *err);

/*
 * The plain ways: a cgroup whose parent is there (-EEXIST: somebody has made it), and a process that is moved into one.
 */
bool cgroup_exists(const struct cgroup_ctl *ctl, const char *path);
int cgroup_make_one(struct cgroup_ctl *ctl, const char *path, struct error *err);
int cgroup_move_in(struct cgroup_ctl *ctl, pid_t pid, const char *path, struct error *err);

/* The plain way to set_mems. */
int cgroup_write_mems(struct cgroup_ctl *ctl, const char *path, const struct nodeset *mems, struct error *err);

/* Turns cpuset on for the children of every cgroup above path, where it is not. */
int cgroup_v2_enable_above(struct cgroup_ctl *ctl, const char *path, struct error *err);

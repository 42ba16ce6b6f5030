/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the cgroup code: the operations of a world, and helpers that the worlds share. */

#include "cgroup.h"

/* Like the functions of the same names in cgroup.h; the path is safe, the root is live, a pid is never 0. */
struct cgroup_ops {
	int (*switch_cpuset)(struct cgroup_ctl *ctl, const char *path, bool on, struct error *err);
	int (*make)(struct cgroup_ctl *ctl, const char *path, struct error *err);
	int (*remove)(struct cgroup_ctl *ctl, const char *path, struct error *err);
	int (*set_mems)(struct cgroup_ctl *ctl, const char *path, const struct nodeset *mems, struct error *err);
	int (*enter)(struct cgroup_ctl *ctl, pid_t pid, const char *group, const struct nodeset *mems, char **ret_path,
		     struct error *err);
};

extern const struct cgroup_ops cgroup_ops_v1, cgroup_ops_v2, cgroup_ops_systemd;

/* The remedy for a failure, to append to a message: "; ..." or "". */
const char *cgroup_remedy(int code);

/* Whether a list of controllers, in the format of the kernel's files, contains cpuset. */
bool cgroup_lists_cpuset(const char *text);

/* The cgroup of a process, from /proc/PID/cgroup. -ESRCH: it has ended. */
_must_use_ int cgroup_ctl_where(const struct cgroup_ctl *ctl, pid_t pid, char **ret, struct error *err);

/* The name of cpuset.mems.effective, or of v1's counterpart, without the prefix. */
const char *cgroup_effective_file(enum cgroup_world world);

/*
 * Whether a process may be moved out of the root cpuset: it exists, is no kernel thread, and has no forced CPU
 * affinity.
 */
bool cgroup_stray(const struct root *root, const char *pid);

/* Reads a switch of a v1 cpuset: "memory_migrate", "mem_exclusive". It counts as off if there is no such file. */
int cgroup_v1_switch(const struct root *root, const char *mount, const char *path, const char *prefix, const char *file,
		     bool *ret);

/*
 * Gives a new v1 cpuset, whose list ("cpus", "mems") is empty, its parent's list, without what a sibling has
 * exclusively (cpuset.cpu_exclusive, cpuset.mem_exclusive). If nothing is left, the message names that sibling.
 */
_must_use_ int cgroup_v1_inherit(struct cgroup_ctl *ctl, const char *path, const char *file, struct error *err);

/* Finds the hierarchy with the cpuset controller: fills world, mount and cpuset_available. */
_must_use_ int cgroups_find_hierarchy(const struct root *root, struct cgroups *g, struct error *err);

/* The last component of a path. */
const char *cgroup_name(const char *path);

/* By libcgroup: makes a cgroup and those above it (it is fine if they exist), removes an empty one. */
_must_use_ int cgroup_lib_create(struct cgroup_ctl *ctl, const char *path, struct error *err);
_must_use_ int cgroup_lib_remove(struct cgroup_ctl *ctl, const char *path, struct error *err);

/*
 * By plain system calls: makes a cgroup whose parent exists (-EEXIST: it exists already), and moves a process into one.
 */
bool cgroup_exists(const struct cgroup_ctl *ctl, const char *path);
_must_use_ int cgroup_make_one(struct cgroup_ctl *ctl, const char *path, struct error *err);
_must_use_ int cgroup_move_in(struct cgroup_ctl *ctl, pid_t pid, const char *path, struct error *err);

/* set_mems by a plain write. */
_must_use_ int cgroup_write_mems(struct cgroup_ctl *ctl, const char *path, const struct nodeset *mems, struct error *err);

/* Turns cpuset on for the children of every cgroup above path, where it is off. */
_must_use_ int cgroup_v2_enable_above(struct cgroup_ctl *ctl, const char *path, struct error *err);

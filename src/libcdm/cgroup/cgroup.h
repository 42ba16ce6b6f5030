/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The cpuset side of cgroups: what is there, and one table of operations for each world we run in. */

#include "basic/root.h"

enum cgroup_world {
	WORLD_V2,         /* unified hierarchy, ours to write */
	WORLD_V2_SYSTEMD, /* unified, and units are systemd's to write */
	WORLD_V1,         /* a v1 cpuset hierarchy */
};
const char *cgroup_world_name(enum cgroup_world w); /* "v2", "v2+systemd", "v1" */

struct cgroup {
	char *path;      /* below the root of the hierarchy, no leading slash: "system.slice"; "" is the root */
	uint64_t inode;  /* of its directory (root_inode()), which tells it from another of this path; 0: not known */
	bool has_cpuset; /* the controller is on for it: mems and effective mean something */
	bool explicit;   /* mems is not empty: a list of its own */
	/* mems are those of a drop-in that setup wrote (dropin.h): nobody's choice; set by snapshot_read() */
	bool from_dropin;
	struct nodeset mems, effective;
	bool cpuset_below; /* +cpuset in its cgroup.subtree_control; known of those whose children are in the list */
	/* somebody runs in it or below; asked of leaves, and below the root of what has no list of its own */
	bool populated;
	bool migrates; /* pages follow its list: always on v2, cpuset.memory_migrate on v1 */
	/* v1, cpuset.mem_exclusive: no cgroup beside it may list a node that it lists (validate_change(): EINVAL) */
	bool exclusive;
};

struct cgroups {
	/* -ENODEV, and why: there is no cpuset hierarchy, and nothing else here means anything */
	struct error missing;
	enum cgroup_world world;
	char *mount; /* relative to the root: "sys/fs/cgroup" */
	/* of the controller's files: "cpuset."; "" on a v1 hierarchy mounted with noprefix. Static */
	const char *prefix;
	bool contained;        /* what is mounted is not the root of its hierarchy: we are in a container */
	bool cpuset_available; /* the root's cgroup.controllers has it */
	struct cgroup *v;      /* by path_compare(), so the root first */
	size_t n;
	size_t strays; /* v1: processes in the root cpuset, where no list holds them (cgroup_stray()) */
};

/*
 * Finds the hierarchy, which is all that a look reads of /proc/mounts, and reads no cgroup. That there is no cpuset is
 * no error here, but one of those who need it: cgroups_require(), cgroups_read() and cgroups_add() then fail with
 * -ENODEV, and say which controller is missing and how to get it.
 */
int cgroups_open(const struct root *root, struct cgroups **ret, struct error *err);
int cgroups_require(const struct cgroups *g, struct error *err);

/*
 * Reads the tree into `g`, in place of what was read before. Recursion goes into a cgroup when `descend` says so (NULL:
 * nowhere): the top level is always there. On v1 it goes everywhere, since a list is refused that does not cover those
 * below. A cgroup that vanishes meanwhile is no error.
 */
typedef bool (*cgroup_descend_fn)(const char *path, const void *arg);
int cgroups_read(const struct root *root, struct cgroups *g, cgroup_descend_fn descend, const void *arg, struct error *err);

/* For whoever is interested in one cgroup alone: reads, once, path and those above it, where they are there. */
int cgroups_add(const struct root *root, struct cgroups *g, const char *path, struct error *err);

/* -EPERM, and why, in a container, from where nothing can be fenced, granted or brought online. */
int cgroups_refuse_container(const struct cgroups *g, struct error *err);

void cgroups_free(struct cgroups *g);
DEFINE_CLEANUP(struct cgroups *, cgroups_free)
#define _cleanup_cgroups_ _cleanup_(cgroups_freep)

const struct cgroup *cgroups_find(const struct cgroups *g, const char *path);

/* The path of the cgroup above; "" for a top-level one. Owned, NULL: out of memory. */
char *cgroup_parent(const char *path);

/* What is wrong with a group's path or pattern, written without a leading slash; NULL: nothing. */
const char *group_path_problem(const char *path);

/*
 * The unit whose cgroup path is: 1 and its name (owned), 0 when it is none. Every component above it must be a
 * slice that nests as systemd.slice(5) says, so that a name made up in a delegated subtree is never taken for the
 * unit of that name; and the name must be one systemd accepts.
 */
int cgroup_unit(const char *path, char **ret);

/*
 * A path that may be given to the operations: relative, no empty, "." or ".." component. A name can have any other
 * byte, also control characters (only a newline is refused, cgroup_mkdir()): whoever made it is fenced like everybody
 * else.
 */
bool cgroup_path_is_safe(const char *path);

/* Whether path is group or somewhere below it. Everything is below the root, "". */
bool cgroup_is_below(const char *path, const char *group);

/* The path of a process ("self" for pid 0) in the cpuset hierarchy, no leading slash. Owned. */
int cgroup_of_pid(const struct root *root, const struct cgroups *g, pid_t pid, char **ret, struct error *err);

/*
 * The world's operations. All take paths as in struct cgroup and fail with one line that names the cgroup.
 * -ENOENT and -ENODEV: the cgroup is gone, which is no error for whoever fences.
 */
struct cgroup_ops;
struct systemd_bus;

struct cgroup_ctl {
	const struct cgroup_ops *ops;
	const struct root *root;
	enum cgroup_world world;
	char *mount;
	const char *prefix;      /* as in struct cgroups */
	const char *description; /* of the scope that cgroup_enter() starts, for people; NULL: its name. Not owned */
	char *note; /* what the last operation could only do in another way than it should; NULL: nothing to say */
	struct systemd_bus *bus; /* kept; NULL until first used */
};

int cgroup_ctl_new(const struct root *root, const struct cgroups *g, struct cgroup_ctl **ret, struct error *err);
void cgroup_ctl_free(struct cgroup_ctl *ctl);
DEFINE_CLEANUP(struct cgroup_ctl *, cgroup_ctl_free)
#define _cleanup_cgroup_ctl_ _cleanup_(cgroup_ctl_freep)

/* Every operation does that first; for whoever looks for a note when there may have been no operation. */
void cgroup_forget_note(struct cgroup_ctl *ctl);

/* Turns the cpuset controller on for the children of path (no-op where systemd or v1 does it by itself). */
int cgroup_enable_cpuset(struct cgroup_ctl *ctl, const char *path, struct error *err);
int cgroup_disable_cpuset(struct cgroup_ctl *ctl, const char *path, struct error *err);

/* Makes a group: mkdir through libcgroup, or starts the unit (a .slice). -EEXIST is success. */
int cgroup_make(struct cgroup_ctl *ctl, const char *path, struct error *err);

/* Removes an empty cgroup of ours (a unit is stopped). -EBUSY: not empty. */
int cgroup_remove(struct cgroup_ctl *ctl, const char *path, struct error *err);

/*
 * Writes cpuset.mems. An empty set clears it (a populated v2 cgroup refuses that with ENOSPC, cpuset.c
 * validate_change(): then every possible node is written, which means the same). -EOPNOTSUPP: the controller is
 * not on for it.
 * A unit of a running systemd is written in the same way, so that the fence stands at once and it is not PID 1
 * that waits for the pages to move; then SetUnitProperties (runtime, AllowedMemoryNodes) tells systemd, so that a
 * daemon-reload keeps it. That systemd does not listen is no failure: ctl->note says so.
 * -ENXIO: on v1, which has lists of online nodes alone, one has gone offline meanwhile.
 */
int cgroup_set_mems(struct cgroup_ctl *ctl, const char *path, const struct nodeset *mems, struct error *err);

/*
 * Moves a process (0: the calling one) into a leaf of its own in `group`, which gets exactly `mems`: a transient scope
 * under systemd, a child cgroup "cdm-launch-PID" on bare v2 (and in a cgroup that is no slice), the group itself on v1.
 * *ret_path: where it is now, as /proc/PID/cgroup says. Owned. -ESRCH: there is no such process any more. That the pid
 * is still the process that was meant is for the caller to see to (a pidfd), before and after.
 */
int cgroup_enter(struct cgroup_ctl *ctl, pid_t pid, const char *group, const struct nodeset *mems, char **ret_path,
		 struct error *err);

/*
 * v1: where the processes of the root cpuset are kept, as no list holds them there. Tasks that cannot be moved, and
 * the kernel's own, stay.
 */
#define CGROUP_V1_FENCE "cdm-fence"

/*
 * Moves all that can be moved from one v1 cpuset to another, those forked meanwhile included. 0 also when some cannot;
 * err then names one.
 */
int cgroup_move_all(struct cgroup_ctl *ctl, const char *from, const char *to, struct error *err);

/* Sets cpuset.memory_migrate of a v1 cpuset, without which pages stay where they are; v2 always migrates. */
int cgroup_set_migrate(struct cgroup_ctl *ctl, const char *path, bool on, struct error *err);

/* The nodes in effect now; the file has another name on each version. */
int cgroup_read_effective(const struct cgroup_ctl *ctl, const char *path, struct nodeset *ret);

/* Whether the kernel would let the calling user move a process into it: root, or where it was delegated. */
bool cgroup_is_delegated(const struct cgroup_ctl *ctl, const char *path);

/* Removes leaves that cgroup_enter() made in group and whose program has ended. */
void cgroup_prune_leaves(struct cgroup_ctl *ctl, const char *group);

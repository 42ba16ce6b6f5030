/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The cpuset side of cgroups: the tree, and one table of operations for each world. */

#include "basic/root.h"

enum cgroup_world {
	WORLD_V2,         /* unified hierarchy, written directly */
	WORLD_V2_SYSTEMD, /* unified hierarchy; systemd writes its units */
	WORLD_V1,         /* a v1 cpuset hierarchy */
};
const char *cgroup_world_name(enum cgroup_world w); /* "v2", "v2+systemd", "v1" */

struct cgroup {
	char *path;      /* below the root of the hierarchy, no leading slash: "system.slice"; "" is the root */
	uint64_t inode;  /* of its directory (root_inode()): another cgroup of the same path has another; 0: unknown */
	bool has_cpuset; /* the controller is on for it, so mems and effective are valid */
	bool explicit;   /* mems is not empty: it has its own list */
	/* mems are from a drop-in that setup wrote (dropin.h), not an administrator's choice; set by snapshot_read() */
	bool from_dropin;
	struct nodeset mems, effective;
	bool cpuset_below; /* cpuset is in its cgroup.subtree_control; known only if its children are in the tree */
	/* it or a cgroup below has processes; read for leaves, and for cgroups below the root without their own list */
	bool populated;
	bool migrates; /* pages follow the list when it changes: always on v2, cpuset.memory_migrate on v1 */
	/* v1, cpuset.mem_exclusive: no sibling may list a node that it lists (validate_change(): EINVAL) */
	bool exclusive;
};

struct cgroups {
	/* -ENODEV, with the reason: there is no cpuset hierarchy, and the other members are invalid */
	struct error missing;
	enum cgroup_world world;
	char *mount; /* relative to the root directory: "sys/fs/cgroup" */
	/* of the controller's files: "cpuset."; "" on a v1 hierarchy mounted with noprefix. Static */
	const char *prefix;
	bool contained;        /* what is mounted is not the root of its hierarchy: this is a container */
	bool cpuset_available; /* the root's cgroup.controllers has it */
	struct cgroup *v;      /* sorted by path_compare(), so the root is first */
	size_t n;
	size_t strays; /* v1: processes in the root cpuset, where no list limits them (cgroup_stray()) */
};

/*
 * Finds the hierarchy, which is all that a look reads of /proc/mounts, and reads no cgroup. A missing cpuset is no
 * error here: cgroups_require(), cgroups_read() and cgroups_add() then fail with -ENODEV, and say which controller is
 * missing and how to get it.
 */
_must_use_ int cgroups_open(const struct root *root, struct cgroups **ret, struct error *err);
_must_use_ int cgroups_require(const struct cgroups *g, struct error *err);

/*
 * Reads the tree into `g`, in place of what was read before: the top level, and the children of each cgroup for which
 * `descend` returns true (NULL: of none). On v1 it reads all cgroups, since v1 refuses a list that does not cover those
 * below. A cgroup that vanishes meanwhile is no error.
 */
typedef bool (*cgroup_descend_fn)(const char *path, const void *arg);
_must_use_ int cgroups_read(const struct root *root, struct cgroups *g, cgroup_descend_fn descend, const void *arg,
			    struct error *err);

/* For callers that need one cgroup only, once: reads path and the cgroups above it, as far as they exist. */
_must_use_ int cgroups_add(const struct root *root, struct cgroups *g, const char *path, struct error *err);

/* Returns -EPERM, with the reason, in a container: nothing can be fenced, granted or brought online from there. */
_must_use_ int cgroups_refuse_container(const struct cgroups *g, struct error *err);

void cgroups_free(struct cgroups *g);
DEFINE_CLEANUP(struct cgroups *, cgroups_free)
#define _cleanup_cgroups_ _cleanup_(cgroups_freep)

const struct cgroup *cgroups_find(const struct cgroups *g, const char *path);

/* The path of the cgroup above; "" for a top-level one. Owned; NULL: out of memory. */
char *cgroup_parent(const char *path);

/* Says what is wrong with a group's path or pattern, written without a leading slash; NULL: nothing. */
const char *group_path_problem(const char *path);

/*
 * Finds the unit that a cgroup belongs to: returns 1 and its name (owned), or 0 if it is not a unit's. Every component
 * above it must be a slice that nests as systemd.slice(5) says, so that a name made up in a delegated subtree is never
 * taken for the unit of that name; and systemd must accept the name.
 */
int cgroup_unit(const char *path, char **ret);

/*
 * Whether a path may be given to the operations: relative, without empty, "." or ".." components. A name may have any
 * other byte, even control characters (the kernel refuses only a newline, cgroup_mkdir()): such a cgroup must be
 * fenced, too.
 */
bool cgroup_path_is_safe(const char *path);

/* Whether path is group or below it. Every path is below the root, "". */
bool cgroup_is_below(const char *path, const char *group);

/* The path of a process ("self" for pid 0) in the cpuset hierarchy, without a leading slash. Owned. */
_must_use_ int cgroup_of_pid(const struct root *root, const struct cgroups *g, pid_t pid, char **ret, struct error *err);

/*
 * The same in whatever hierarchy says most about which session, service or container the process is in: v2 if it is
 * mounted beside v1, otherwise cpuset. Owned.
 */
_must_use_ int cgroup_of_session(const struct root *root, pid_t pid, char **ret, struct error *err);

/*
 * Fails with -EBUSY and the reason if the cgroup is frozen on v2, itself or by one above: a process in it can be
 * stopped by ptrace(2), but makes no system call until it is thawed. (A process that v1's freezer holds cannot be
 * stopped.)
 */
_must_use_ int cgroup_refuse_frozen(const struct root *root, const struct cgroups *g, const char *path, struct error *err);

/*
 * The world's operations. All take paths like those in struct cgroup, and fail with one line that names the cgroup.
 * -ENOENT and -ENODEV: the cgroup is gone, which a fence can ignore.
 */
struct cgroup_ops;
struct systemd_bus;

struct cgroup_ctl {
	const struct cgroup_ops *ops;
	const struct root *root;
	enum cgroup_world world;
	char *mount;
	const char *prefix;      /* as in struct cgroups */
	const char *description; /* of the scope that cgroup_enter() starts; NULL: its name. Not owned */
	char *note;              /* how the last operation differed from what it should do; NULL: it did not */
	struct systemd_bus *bus; /* kept; NULL until first used */
};

_must_use_ int cgroup_ctl_new(const struct root *root, const struct cgroups *g, struct cgroup_ctl **ret, struct error *err);
void cgroup_ctl_free(struct cgroup_ctl *ctl);
DEFINE_CLEANUP(struct cgroup_ctl *, cgroup_ctl_free)
#define _cleanup_cgroup_ctl_ _cleanup_(cgroup_ctl_freep)

/* Every operation does this first. For callers that look for a note although there may have been no operation. */
void cgroup_forget_note(struct cgroup_ctl *ctl);

/* Turns the cpuset controller on for the children of path (does nothing where systemd or v1 does this). */
_must_use_ int cgroup_enable_cpuset(struct cgroup_ctl *ctl, const char *path, struct error *err);
_must_use_ int cgroup_disable_cpuset(struct cgroup_ctl *ctl, const char *path, struct error *err);

/* Makes a group: mkdir by libcgroup, or starts the unit (a .slice). -EEXIST is success. */
_must_use_ int cgroup_make(struct cgroup_ctl *ctl, const char *path, struct error *err);

/* Removes an empty cgroup that cdm-tools made (a unit is stopped). -EBUSY: not empty. */
_must_use_ int cgroup_remove(struct cgroup_ctl *ctl, const char *path, struct error *err);

/*
 * Writes cpuset.mems. An empty set clears it (a populated v2 cgroup refuses that with ENOSPC, cpuset.c
 * validate_change(): then every possible node is written, which has the same effect). -EOPNOTSUPP: the controller is
 * not on for it.
 * The list of a systemd unit is also written to the file first, so that the fence is in place at once and PID 1 does
 * not have to wait until the pages have moved; then SetUnitProperties (runtime, AllowedMemoryNodes) tells systemd, so
 * that a daemon-reload keeps it. If systemd does not answer, that is no failure: ctl->note says so.
 *
 * -ENXIO: on v1, whose lists may only have online nodes, one has gone offline meanwhile.
 */
_must_use_ int cgroup_set_mems(struct cgroup_ctl *ctl, const char *path, const struct nodeset *mems, struct error *err);

/*
 * Moves a process (0: the calling one) into a new leaf in `group`, which gets exactly `mems`: a transient scope under
 * systemd, a child cgroup "cdm-launch-PID" on bare v2 (and in a cgroup that is no slice), the group itself on v1.
 * *ret_path: where it is now, according to /proc/PID/cgroup. Owned. -ESRCH: the process has ended. The caller must make
 * sure by a pidfd, before and after, that the pid is still that of the right process.
 */
_must_use_ int cgroup_enter(struct cgroup_ctl *ctl, pid_t pid, const char *group, const struct nodeset *mems,
			    char **ret_path, struct error *err);

/*
 * v1: the cpuset for the processes of the root cpuset, where no list limits them. Tasks that cannot be moved, and the
 * kernel's own, stay in the root.
 */
#define CGROUP_V1_FENCE "cdm-fence"

/*
 * Moves all processes that can be moved from one v1 cpuset to another, also those forked meanwhile. Returns 0 also if
 * some cannot be moved; err then names one.
 */
_must_use_ int cgroup_move_all(struct cgroup_ctl *ctl, const char *from, const char *to, struct error *err);

/* Sets cpuset.memory_migrate of a v1 cpuset, without which pages do not follow the list; v2 always migrates. */
_must_use_ int cgroup_set_migrate(struct cgroup_ctl *ctl, const char *path, bool on, struct error *err);

/* Reads the effective nodes; v1 and v2 have different names for the file. */
int cgroup_read_effective(const struct cgroup_ctl *ctl, const char *path, struct nodeset *ret);

/* Whether the kernel would let the calling user move a process into it: root, or a user to whom it is delegated. */
bool cgroup_is_delegated(const struct cgroup_ctl *ctl, const char *path);

/* Removes leaves in group that cgroup_enter() made and whose program has ended. */
void cgroup_prune_leaves(struct cgroup_ctl *ctl, const char *group);

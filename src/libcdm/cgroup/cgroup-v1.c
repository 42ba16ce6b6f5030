/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The world of the cgroup v1 cpuset hierarchy. */

#include "cgroup-internal.h"

#include "basic/strutil.h"

#include <errno.h>
#include <time.h>

/* Flags in /proc/PID/stat (include/linux/sched.h): such tasks cannot or need not be moved. */
#define PF_NO_SETAFFINITY 0x04000000
#define PF_KTHREAD 0x00200000

/* A process that is forked while its parent is moved is found in the next round. */
#define MOVE_ROUNDS 16

#define LEARN_MS 1000

/* On v1 every cgroup of the hierarchy has the controller. */
static int switch_cpuset(struct cgroup_ctl *ctl _unused_, const char *path _unused_, bool on _unused_,
			 struct error *err _unused_)
{
	return 0;
}

static int fill(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	int r = cgroup_v1_inherit(ctl, path, "cpus", err);

	return r < 0 ? r : cgroup_v1_inherit(ctl, path, "mems", err);
}

/*
 * A new cpuset has empty lists, and no process can enter it: cpuset_can_attach() needs both lists. Those above it may
 * be new too. One that cannot get its lists is removed again.
 */
static int make(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	_cleanup_free_ char *above = strdup(path);
	bool there = cgroup_exists(ctl, path);
	int r = above ? cgroup_lib_create(ctl, path, err) : fail(err, -ENOMEM, "%m");

	for (char *slash = above; r == 0 && (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		r = fill(ctl, above, err);
	}
	if (r == 0)
		r = fill(ctl, path, err);
	if (r < 0 && !there)
		(void)cgroup_lib_remove(ctl, path, NULL);
	return r;
}

/* A group has no CPUs if a program was killed while it made it (make()), or if somebody made it by hand. */
static int enter(struct cgroup_ctl *ctl, pid_t pid, const char *group, const struct nodeset *mems _unused_,
		 char **ret_path, struct error *err)
{
	_cleanup_free_ char *now = NULL;
	int r = cgroup_v1_inherit(ctl, group, "cpus", err);

	if (r == 0)
		r = cgroup_move_in(ctl, pid, group, err);
	if (r == 0)
		r = cgroup_ctl_where(ctl, pid, &now, err);
	if (r < 0)
		return r;
	*ret_path = TAKE_PTR(now);
	return 0;
}

static bool has_all(const struct cgroup_ctl *ctl, const struct nodeset *nodes, const char *dir, const char *prefix,
		    const char *file)
{
	struct nodeset there;

	return root_read_nodes(ctl->root, &there, "%s/%s%s", dir, prefix, file) >= 0 && nodeset_subset(nodes, &there);
}

static bool are_online(const struct cgroup_ctl *ctl, const struct nodeset *nodes)
{
	return has_all(ctl, nodes, "sys/devices/system/node", "", "has_memory");
}

/*
 * No list may have a node that the root cpuset does not have yet: a worker adds it, a little after the memory is online
 * (cpuset_track_online_nodes(), cpuset_hotplug_workfn(), kernel/cgroup/cpuset.c). -ENXIO: it is not online any more.
 */
static int set_mems(struct cgroup_ctl *ctl, const char *path, const struct nodeset *mems, struct error *err)
{
	const struct timespec interval = { .tv_nsec = 1000000 };
	int r = cgroup_write_mems(ctl, path, mems, err);

	if (r != -EINVAL)
		return r;
	for (int ms = 0; ms < LEARN_MS && are_online(ctl, mems) && !has_all(ctl, mems, ctl->mount, ctl->prefix, "mems");
	     ms++)
		nanosleep(&interval, NULL);
	error_reset(err);
	return are_online(ctl, mems) ?
		       cgroup_write_mems(ctl, path, mems, err) :
		       fail(err, -ENXIO, "cgroup /%s: not all of node %s is online any more", path, NODESET_STR(mems));
}

const struct cgroup_ops cgroup_ops_v1 = {
	.switch_cpuset = switch_cpuset,
	.make = make,
	.remove = cgroup_lib_remove,
	.set_mems = set_mems,
	.enter = enter,
};

int cgroup_set_migrate(struct cgroup_ctl *ctl, const char *path, bool on, struct error *err)
{
	int r = ctl->root->live ?
			root_write(ctl->root, on ? "1" : "0", "%s/%s/%smemory_migrate", ctl->mount, path, ctl->prefix) :
			-EROFS;

	return r < 0 ? fail(err, r, "cgroup /%s: writing cpuset.memory_migrate: %m%s", path, cgroup_remedy(r)) : 0;
}

bool cgroup_stray(const struct root *root, const char *pid)
{
	_cleanup_free_ char *text = NULL;
	const char *end;
	unsigned flags;
	char state;

	if (root_read(root, &text, NULL, "proc/%s/stat", pid) < 0)
		return false;
	/* The name, in parentheses, may contain anything (proc(5)). */
	end = strrchr(text, ')');
	if (!end || sscanf(end + 1, " %c %*d %*d %*d %*d %*d %u", &state, &flags) != 2)
		return false;
	return !strchr("ZXx", state) && !(flags & (PF_KTHREAD | PF_NO_SETAFFINITY));
}

/*
 * Moves the processes that are in the cpuset now. One that has ended is no failure (cgroup_procs_write_start(): ESRCH);
 * one that its scheduling policy keeps there (cpuset_can_attach()) stays, and err says so. *ret: how many were moved.
 */
static int move_round(struct cgroup_ctl *ctl, const char *from, const char *to, unsigned *ret, struct error *err)
{
	_cleanup_strv_ struct strv pids = STRV_NONE;
	_cleanup_free_ char *procs = NULL;
	unsigned moved = 0;
	int r = root_read(ctl->root, &procs, NULL, "%s/%s/cgroup.procs", ctl->mount, from);

	if (r >= 0)
		r = strv_split(procs, "\n", &pids);
	if (r < 0)
		return fail(err, r, "cgroup /%s: reading cgroup.procs: %m", from);
	for (size_t i = 0; i < pids.n; i++) {
		if (!cgroup_stray(ctl->root, pids.s[i]))
			continue;
		r = root_write(ctl->root, pids.s[i], "%s/%s/cgroup.procs", ctl->mount, to);
		moved += r == 0;
		if (r == 0 || r == -ESRCH)
			continue;
		fail(err, r, "cgroup /%s: moving process %s into it: %m%s", to, pids.s[i], cgroup_remedy(r));
		if (r != -EINVAL && r != -EBUSY)
			return r;
	}
	*ret = moved;
	return 0;
}

int cgroup_move_all(struct cgroup_ctl *ctl, const char *from, const char *to, struct error *err)
{
	unsigned moved = 1;
	int r = ctl->root->live ? 0 : fail(err, -EROFS, "cgroup /%s: a captured tree is never changed", to);

	for (int round = 0; r == 0 && moved > 0 && round < MOVE_ROUNDS; round++) {
		error_reset(err);
		r = move_round(ctl, from, to, &moved, err);
	}
	if (r == 0 && moved > 0)
		return fail(err, -EAGAIN, "cgroup /%s: processes start faster than they can be moved out", from);
	return r;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The world of cgroup v2 without a manager. */

#include "cgroup-internal.h"
#include "cgroup-leaf.h"

#include "basic/strutil.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* Moves the whole process with all its threads (cgroup_procs_write()). */
int cgroup_move_in(struct cgroup_ctl *ctl, pid_t pid, const char *path, struct error *err)
{
	char number[16];
	int r;

	snprintf(number, sizeof(number), "%d", (int)pid);
	r = root_write(ctl->root, number, "%s/%s/cgroup.procs", ctl->mount, path);
	if (r == -ESRCH)
		return fail(err, r, "process %d: has ended", (int)pid);
	return r < 0 ? fail(err, r, "cgroup /%s: entering it: %m%s", path, cgroup_remedy(r)) : 0;
}

static int switch_cpuset(struct cgroup_ctl *ctl, const char *path, bool on, struct error *err)
{
	const char *value = on ? "+cpuset" : "-cpuset", *remedy;
	int r = root_write(ctl->root, value, "%s/%s/cgroup.subtree_control", ctl->mount, path);

	if (r == 0)
		return 0;
	if (r == -EBUSY)
		remedy = on ? "; it has processes of its own, move them to a child of it first" :
			      "; a cgroup below still has the controller on for its children";
	else if (r == -ENOENT && cgroup_exists(ctl, path))
		remedy = "; the cgroup above it does not have the controller on for its children";
	else
		remedy = r == -EINVAL ? "" : cgroup_remedy(r);
	/* -ENOENT must mean only that the cgroup itself is gone. */
	if (r == -ENOENT && *remedy)
		r = -EOPNOTSUPP;
	return fail(err, r, "cgroup /%s: writing cgroup.subtree_control=%s: %m%s", path, value, remedy);
}

/* If it is on already, nothing is written: a user with a delegated subtree cannot write above it. */
static int ensure_on(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	_cleanup_free_ char *now = NULL;
	int r = root_read_line(ctl->root, &now, "%s/%s/cgroup.subtree_control", ctl->mount, path);

	if (r < 0)
		return fail(err, r, "cgroup /%s: reading cgroup.subtree_control: %m", path);
	return cgroup_lists_cpuset(now) ? 0 : switch_cpuset(ctl, path, true, err);
}

int cgroup_v2_enable_above(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	_cleanup_free_ char *above = strdup(path);
	int r = above ? ensure_on(ctl, "", err) : fail(err, -ENOMEM, "%m");

	for (char *slash = above; r == 0 && (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		r = ensure_on(ctl, above, err);
	}
	return r;
}

static int make(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	int r = cgroup_lib_create(ctl, path, err);

	return r < 0 ? r : cgroup_v2_enable_above(ctl, path, err);
}

int cgroup_write_mems(struct cgroup_ctl *ctl, const char *path, const struct nodeset *mems, struct error *err)
{
	char list[NODESET_STRLEN];
	bool clear = nodeset_empty(mems);
	struct nodeset possible;
	int r;

	/* The kernel does not see a write of length zero: an empty list is written as a newline. */
	nodeset_format(mems, list, sizeof(list));
	r = root_write(ctl->root, clear ? "\n" : list, "%s/%s/%smems", ctl->mount, path, ctl->prefix);
	if (r == -ENOSPC && clear) {
		r = root_read_nodes(ctl->root, &possible, "sys/devices/system/node/possible");
		if (r < 0)
			return fail(err, r, "/sys/devices/system/node/possible: %m");
		nodeset_format(&possible, list, sizeof(list));
		r = root_write(ctl->root, list, "%s/%s/%smems", ctl->mount, path, ctl->prefix);
	}
	if (r == 0)
		return 0;
	if (r == -ENOENT && cgroup_exists(ctl, path))
		return fail(err, -EOPNOTSUPP,
			    "cgroup /%s: it has no cpuset.mems: the cgroup above it does not have cpuset on "
			    "for its children (cgroup.subtree_control)",
			    path);
	return fail(err, r, "cgroup /%s: writing cpuset.mems=%s: %m%s", path, list, cgroup_remedy(r));
}

/* Finds a free name: the PID's own may still hold children of an earlier program, or be the cgroup of the caller. */
static int make_leaf(struct cgroup_ctl *ctl, pid_t pid, const char *group, char **ret, struct error *err)
{
	for (unsigned n = 0;; n++) {
		_cleanup_error_ struct error why = ERROR_NONE;
		_cleanup_free_ char *leaf = NULL;
		char suffix[16] = "";
		int r;

		if (n > 0)
			snprintf(suffix, sizeof(suffix), "-%u", n);
		if (asprintf(&leaf, "%s%s" LEAF_PREFIX "%d%s", group, *group ? "/" : "", (int)pid, suffix) < 0) {
			leaf = NULL;
			return fail(err, -ENOMEM, "%m");
		}
		r = cgroup_make_one(ctl, leaf, &why);
		if (r == -EEXIST)
			continue;
		if (r < 0)
			return fail(err, r, "%s", error_text(&why));
		*ret = TAKE_PTR(leaf);
		return 0;
	}
}

/*
 * cpuset is a threaded controller: it may be turned on in a cgroup with processes
 * (cgroup_vet_subtree_control_enable()), but then no child can hold processes any more. So check before anything is
 * changed.
 */
static int refuse_own_processes(struct cgroup_ctl *ctl, const char *group, struct error *err)
{
	_cleanup_free_ char *procs = NULL;
	int r = root_read_line(ctl->root, &procs, "%s/%s/cgroup.procs", ctl->mount, group);

	if (r < 0)
		return fail(err, r, "cgroup /%s: reading cgroup.procs: %m", group);
	if (*group && *procs)
		return fail(err, -EBUSY,
			    "cgroup /%s: entering it: it has processes of its own (cgroup.procs), so that no child "
			    "of it can hold any; move them to a child first",
			    group);
	return 0;
}

static int enter(struct cgroup_ctl *ctl, pid_t pid, const char *group, const struct nodeset *mems, char **ret_path,
		 struct error *err)
{
	_cleanup_free_ char *leaf = NULL, *before = NULL;
	int r = refuse_own_processes(ctl, group, err);

	if (r == 0)
		r = cgroup_ctl_where(ctl, pid, &before, err);
	if (r == 0)
		r = make_leaf(ctl, pid, group, &leaf, err);
	if (r < 0)
		return r;
	r = cgroup_v2_enable_above(ctl, leaf, err);
	if (r == 0)
		r = cgroup_write_mems(ctl, leaf, mems, err);
	if (r == 0)
		r = cgroup_move_in(ctl, pid, leaf, err);
	if (r < 0) {
		(void)cgroup_lib_remove(ctl, leaf, NULL);
		return r;
	}
	/* A process that enters again leaves its leaf; if others are still in it, the kernel keeps it (EBUSY). */
	if (leaf_is_ours(before) && !streq(before, leaf))
		(void)cgroup_lib_remove(ctl, before, NULL);
	*ret_path = TAKE_PTR(leaf);
	return 0;
}

const struct cgroup_ops cgroup_ops_v2 = {
	.switch_cpuset = switch_cpuset,
	.make = make,
	.remove = cgroup_lib_remove,
	.set_mems = cgroup_write_mems,
	.enter = enter,
};

/* The digits of cdm-launch-DIGITS or cdm-launch-DIGITS-DIGITS, and their number; NULL: not a leaf of ours. */
static const char *leaf_pid(const char *name, int *ret_len)
{
	const char *pid = after_prefix(name, LEAF_PREFIX), *p = pid;

	if (!pid)
		return NULL;
	p += strspn(p, "0123456789");
	*ret_len = (int)(p - pid);
	if (*p == '-' && isdigit((unsigned char)p[1]))
		p += 1 + strspn(p + 1, "0123456789");
	return *ret_len > 0 && !*p ? pid : NULL;
}

void cgroup_prune_leaves(struct cgroup_ctl *ctl, const char *group)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	_cleanup_close_ int dir = -1;

	if (!ctl->root->live || !cgroup_path_is_safe(group) || root_list(ctl->root, &names, "%s/%s", ctl->mount, group) < 0)
		return;
	dir = root_openf(ctl->root, O_RDONLY | O_DIRECTORY, "%s/%s", ctl->mount, group);
	for (size_t i = 0; dir >= 0 && i < names.n; i++) {
		const char *pid;
		int len;

		/* While its launcher lives, an empty leaf may be one that the launcher is about to enter. */
		pid = leaf_pid(names.s[i], &len);
		if (pid && !root_exists(ctl->root, "proc/%.*s", len, pid))
			unlinkat(dir, names.s[i], AT_REMOVEDIR);
	}
}

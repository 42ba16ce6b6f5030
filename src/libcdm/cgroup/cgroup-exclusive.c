/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* v1 cpusets that have CPUs or nodes exclusively, and what they leave for a new cpuset beside them. */

#include "cgroup-internal.h"

#include "basic/idset.h"
#include "basic/strutil.h"

#include <errno.h>

int cgroup_v1_switch(const struct root *root, const char *mount, const char *path, const char *prefix, const char *file,
		     bool *ret)
{
	uint64_t on = 0;
	int r = root_read_u64(root, &on, "%s/%s/%s%s", mount, path, prefix, file);

	if (r == -ENOENT && root_exists(root, "%s/%s", mount, path))
		r = 0;
	if (r == 0)
		*ret = on != 0;
	return r;
}

/* Reads a list of a cpuset. An idset, since CPUs have greater numbers than nodes. */
static int read_list(const struct cgroup_ctl *ctl, const char *path, const char *file, struct idset *ret)
{
	_cleanup_free_ char *text = NULL;
	int r = root_read_line(ctl->root, &text, "%s/%s/%s%s", ctl->mount, path, ctl->prefix, file);

	return r < 0 ? r : idset_parse(text, ret);
}

/* Takes from left what the cgroup at path has exclusively. Returns 1 if that was something. */
static int take(const struct cgroup_ctl *ctl, const char *path, const char *file, struct idset *left)
{
	const char *flag = streq(file, "cpus") ? "cpu_exclusive" : "mem_exclusive";
	_cleanup_idset_ struct idset theirs = IDSET_NONE, rest = IDSET_NONE;
	bool exclusive = false, some;
	int r = cgroup_v1_switch(ctl->root, ctl->mount, path, ctl->prefix, flag, &exclusive);

	if (r == 0 && exclusive)
		r = read_list(ctl, path, file, &theirs);
	if (r == 0)
		r = idset_minus(left, &theirs, &rest);
	if (r < 0)
		return r;
	some = !idset_equal(left, &rest);
	idset_free(left);
	*left = TAKE(rest, IDSET_NONE);
	return some;
}

/* Finds what the siblings leave of the parent's list. *ret_taker: a sibling that has some of it, or NULL. */
static int find_left(const struct cgroup_ctl *ctl, const char *path, const char *parent, const char *file,
		     struct idset *left, char **ret_taker)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	int r = root_list(ctl->root, &names, "%s/%s", ctl->mount, parent);

	for (size_t i = 0; r >= 0 && i < names.n; i++) {
		_cleanup_free_ char *other = NULL;

		if (asprintf(&other, "%s%s%s", parent, *parent ? "/" : "", names.s[i]) < 0) {
			other = NULL;
			return -ENOMEM;
		}
		r = streq(other, path) ? 0 : take(ctl, other, file, left);
		if (r > 0 && !*ret_taker)
			*ret_taker = TAKE_PTR(other);
		/* A file, or a cgroup that has vanished. */
		if (r == -ENOTDIR || r == -ENOENT || r == -ENODEV)
			r = 0;
	}
	return r < 0 ? r : 0;
}

/* The kernel has refused the parent's whole list, perhaps because a sibling has some of it exclusively. */
static int write_left(struct cgroup_ctl *ctl, const char *path, const char *parent, const char *file, struct error *err)
{
	_cleanup_idset_ struct idset left = IDSET_NONE;
	_cleanup_free_ char *taker = NULL, *text = NULL;
	int r = read_list(ctl, parent, file, &left);

	if (r == 0)
		r = find_left(ctl, path, parent, file, &left, &taker);
	if (r == 0 && taker && left.n == 0)
		return fail(err, -EBUSY,
			    "cgroup /%s: nothing is left for its cpuset.%s: cgroup /%s has all of it exclusively "
			    "(cpuset.%s); write 0 there, or give it less",
			    path, file, taker, streq(file, "cpus") ? "cpu_exclusive" : "mem_exclusive");
	if (r == 0)
		text = idset_format(&left);
	if (r == 0)
		r = text ? root_write(ctl->root, text, "%s/%s/%s%s", ctl->mount, path, ctl->prefix, file) : -ENOMEM;
	return r;
}

int cgroup_v1_inherit(struct cgroup_ctl *ctl, const char *path, const char *file, struct error *err)
{
	_cleanup_free_ char *parent = cgroup_parent(path), *value = NULL, *own = NULL;
	_cleanup_error_ struct error why = ERROR_NONE;
	int r = parent ? root_read_line(ctl->root, &own, "%s/%s/%s%s", ctl->mount, path, ctl->prefix, file) : -ENOMEM;

	if (r == 0 && *own)
		return 0;
	if (r == 0)
		r = root_read_line(ctl->root, &value, "%s/%s/%s%s", ctl->mount, parent, ctl->prefix, file);
	if (r == 0)
		r = root_write(ctl->root, value, "%s/%s/%s%s", ctl->mount, path, ctl->prefix, file);
	if (r == -EINVAL)
		r = write_left(ctl, path, parent, file, &why);
	if (why.code)
		return fail(err, r, "%s", error_text(&why));
	return r < 0 ? fail(err, r, "cgroup /%s: setting %s%s as it is above: %m%s", path, ctl->prefix, file,
			    cgroup_remedy(r)) :
		       0;
}

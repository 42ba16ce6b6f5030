/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads all cgroups that have a list of memory nodes, in one walk. */

#include "cgroup-internal.h"

#include "basic/array.h"
#include "basic/strutil.h"
#include "cgroup-leaf.h"
#include "libcdm/kernel/residency.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

struct reader {
	const struct root *root;
	cgroup_descend_fn descend;
	const void *arg;
	struct cgroups *g;
};

/* No process can reach a path beyond PATH_MAX, and its parent's list limits what is below. */
static bool is_gone(int r)
{
	return r == -ENOENT || r == -ENODEV || r == -ENAMETOOLONG;
}

static int read_nodes(struct reader *rd, const char *path, const char *file, struct nodeset *ret, struct error *err)
{
	const char *prefix = rd->g->prefix;
	int r = root_read_nodes(rd->root, ret, "%s/%s/%s%s", rd->g->mount, path, prefix, file);

	return r < 0 ? fail(err, r, "cgroup /%s: reading %s%s: %m", path, prefix, file) : 0;
}

/* A captured tree may lack a file of a cgroup that it has: then only this value is unknown. */
static bool is_not_captured(const struct reader *rd, const struct cgroup *c, int r)
{
	return r == -ENOENT && !rd->root->live && root_exists(rd->root, "%s/%s", rd->g->mount, c->path);
}

/* -ENOENT, -ENODEV: the cgroup is gone. */
static int read_populated(struct reader *rd, struct cgroup *c, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	bool v1 = rd->g->world == WORLD_V1;
	int r;

	if (!*c->path || (c->explicit && !leaf_is_ours(c->path)))
		return 0;
	r = root_read_line(rd->root, &text, "%s/%s/%s", rd->g->mount, c->path, v1 ? "cgroup.procs" : "cgroup.events");
	if (is_not_captured(rd, c, r))
		return 0;
	if (r < 0)
		return fail(err, r, "cgroup /%s: %m", c->path);
	c->populated = v1 ? *text : strstr(text, "populated 1") != NULL;
	return 0;
}

static int read_cpuset(struct reader *rd, struct cgroup *c, const struct cgroup *parent, struct error *err)
{
	const char *file = cgroup_effective_file(rd->g->world);
	bool v1 = rd->g->world == WORLD_V1;
	int r = read_nodes(rd, c->path, "mems", &c->mems, err);

	if (r < 0 && r != -ENOENT)
		return r;
	/*
	 * v2 has no such file if the controller is off. On v1 the file must be there: an unread list must not pass for
	 * a fence.
	 */
	if (r < 0 && v1 && root_exists(rd->root, "%s/%s", rd->g->mount, c->path))
		return fail(err, -ENOTSUP,
			    "cgroup /%s: it has no file %smems, which every cgroup of a v1 cpuset hierarchy has",
			    c->path, rd->g->prefix);
	c->has_cpuset = r == 0 || !parent;
	c->explicit = !nodeset_empty(&c->mems);
	if (!c->has_cpuset) {
		c->effective = parent->effective;
		return 0;
	}
	r = read_nodes(rd, c->path, file, &c->effective, err);
	/* v1 has this file since 3.17; before, the list itself is effective. */
	if (r == -ENOENT && v1) {
		c->effective = c->mems;
		return 0;
	}
	/* In a container without the controller, a cpuset above it sets the limit. */
	if (r == -ENOENT && rd->g->contained && !parent)
		return process_nodes(rd->root, 0, &c->effective) < 0 ? r : 0;
	/* Like update_nodemasks_hier() (kernel/cgroup/cpuset.c). */
	if (is_not_captured(rd, c, r) && parent) {
		c->effective = nodeset_and(&c->mems, &parent->effective);
		if (nodeset_empty(&c->effective))
			c->effective = parent->effective;
		return 0;
	}
	return r;
}

/* -ENOENT, -ENODEV: the cgroup is gone. */
static int read_switches(struct reader *rd, struct cgroup *c, struct error *err)
{
	const char *mount = rd->g->mount, *prefix = rd->g->prefix;
	int r = 0;

	c->migrates = true;
	if (rd->g->world == WORLD_V1)
		r = cgroup_v1_switch(rd->root, mount, c->path, prefix, "memory_migrate", &c->migrates);
	if (rd->g->world == WORLD_V1 && r == 0)
		r = cgroup_v1_switch(rd->root, mount, c->path, prefix, "mem_exclusive", &c->exclusive);
	return r < 0 ? fail(err, r, "cgroup /%s: %m", c->path) : 0;
}

/* subtree_control matters only for a cgroup with children. */
static int read_below(struct reader *rd, struct cgroup *c, struct error *err)
{
	_cleanup_free_ char *below = NULL;
	int r;

	if (rd->g->world == WORLD_V1) {
		c->cpuset_below = true;
		return 0;
	}
	r = root_read_line(rd->root, &below, "%s/%s/cgroup.subtree_control", rd->g->mount, c->path);
	/* Taken as on, so that what is not known causes no step. */
	if (is_not_captured(rd, c, r)) {
		c->cpuset_below = true;
		return 0;
	}
	if (r < 0)
		return fail(err, r, "cgroup /%s: reading cgroup.subtree_control: %m", c->path);
	c->cpuset_below = cgroup_lists_cpuset(below);
	return 0;
}

/* -ENOENT, -ENODEV: the cgroup is gone, and nothing was added. */
static int add(struct reader *rd, const char *path, size_t parent, struct error *err)
{
	_cleanup_free_ char *copy = strdup(path);
	struct cgroups *g = rd->g;
	struct cgroup *c;
	int r;

	if (!copy || !RESERVE(g->v, g->n))
		return fail(err, -ENOMEM, "%m");
	c = &g->v[g->n];
	*c = (struct cgroup){ .path = copy };
	r = root_inode(rd->root, &c->inode, "%s/%s", g->mount, path);
	if (r < 0)
		return fail(err, r, "cgroup /%s: %m", path);
	r = read_cpuset(rd, c, g->n ? &g->v[parent] : NULL, err);
	if (r >= 0)
		r = read_populated(rd, c, err);
	if (r >= 0)
		r = read_switches(rd, c, err);
	if (r < 0)
		return r;
	copy = NULL;
	g->n++;
	return 0;
}

static int list_directories(const struct root *root, const char *mount, const char *path, struct strv *ret)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_close_ int fd = root_openf(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, "%s/%s", mount, path);
	struct dirent *de;
	struct stat self;
	int r;

	if (fd < 0)
		return fd;
	/* Links from the parent and from itself only: no children (kernfs_refresh_inode()). Most cgroups have none. */
	if (fstat(fd, &self) == 0 && self.st_nlink == 2)
		return 0;
	dir = fdopendir(fd);
	if (!dir)
		return -errno;
	fd = -1;
	while ((errno = 0, de = readdir(dir))) {
		struct stat st;

		if (streq(de->d_name, ".") || streq(de->d_name, "..") || (de->d_type != DT_DIR && de->d_type != DT_UNKNOWN))
			continue;
		if (de->d_type == DT_UNKNOWN &&
		    (fstatat(dirfd(dir), de->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode)))
			continue;
		r = strv_add(&names, de->d_name);
		if (r < 0)
			return r;
	}
	if (errno)
		return -errno;
	strv_sort(&names);
	*ret = TAKE(names, STRV_NONE);
	return 0;
}

static bool descends(const struct reader *rd, const char *path)
{
	return rd->g->world == WORLD_V1 || (rd->descend && rd->descend(path, rd->arg));
}

static int add_below(struct reader *rd, size_t parent, struct error *err)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	struct cgroups *g = rd->g;
	int r = list_directories(rd->root, g->mount, g->v[parent].path, &names);

	if (r >= 0 && names.n > 0)
		r = read_below(rd, &g->v[parent], err);
	if (is_gone(r) && parent > 0)
		return 0;
	if (r < 0)
		return fail(err, r, "cgroup /%s: %m", g->v[parent].path);
	for (size_t i = 0; i < names.n; i++) {
		const char *above = g->v[parent].path;
		_cleanup_free_ char *path = NULL;
		size_t self = g->n;

		if (asprintf(&path, "%s%s%s", above, *above ? "/" : "", names.s[i]) < 0) {
			path = NULL;
			return fail(err, -ENOMEM, "%m");
		}
		r = add(rd, path, parent, err);
		if (r == 0 && descends(rd, path))
			r = add_below(rd, self, err);
		if (r < 0 && !is_gone(r))
			return r;
	}
	return 0;
}

static int count_strays(const struct root *root, struct cgroups *g)
{
	_cleanup_strv_ struct strv pids = STRV_NONE;
	_cleanup_free_ char *procs = NULL;
	int r = root_read(root, &procs, NULL, "%s/cgroup.procs", g->mount);

	if (r >= 0)
		r = strv_split(procs, "\n", &pids);
	for (size_t i = 0; i < pids.n; i++)
		g->strays += cgroup_stray(root, pids.s[i]);
	return r == -ENOENT ? 0 : r;
}

int cgroups_open(const struct root *root, struct cgroups **ret, struct error *err)
{
	_cleanup_cgroups_ struct cgroups *g = calloc(1, sizeof(*g));
	int r = g ? cgroups_find_hierarchy(root, g, &g->missing) : fail(err, -ENOMEM, "%m");

	if (!g)
		return r;
	if (r < 0 && r != -ENODEV)
		return fail(err, r, "%s", error_text(&g->missing));
	*ret = TAKE_PTR(g);
	return 0;
}

int cgroups_require(const struct cgroups *g, struct error *err)
{
	return g->missing.code < 0 ? fail(err, g->missing.code, "%s", error_text(&g->missing)) : 0;
}

static void forget(struct cgroups *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->v[i].path);
	free(g->v);
	g->v = NULL;
	g->n = g->strays = 0;
}

int cgroups_add(const struct root *root, struct cgroups *g, const char *path, struct error *err)
{
	struct reader rd = { .root = root, .g = g };
	_cleanup_error_ struct error why = ERROR_NONE;
	int r = cgroups_require(g, err);

	if (r < 0)
		return r;
	r = add(&rd, "", 0, &why);
	for (size_t end = strcspn(path, "/"); r == 0 && end > 0;) {
		_cleanup_free_ char *prefix = strndup(path, end);

		r = prefix ? add(&rd, prefix, g->n - 1, &why) : fail(&why, -ENOMEM, "%m");
		end = path[end] ? end + 1 + strcspn(path + end + 1, "/") : 0;
	}
	return r < 0 && !is_gone(r) ? fail(err, r, "%s", error_text(&why)) : 0;
}

int cgroups_read(const struct root *root, struct cgroups *g, cgroup_descend_fn descend, const void *arg, struct error *err)
{
	struct reader rd = { .root = root, .descend = descend, .arg = arg, .g = g };
	/* Cgroups that vanish write to it as well; only the error that is returned is published. */
	_cleanup_error_ struct error why = ERROR_NONE;
	int r = cgroups_require(g, err);

	if (r < 0)
		return r;
	forget(g);
	r = add(&rd, "", 0, &why);
	if (r == 0)
		r = add_below(&rd, 0, &why);
	/* The root of a hierarchy cannot vanish. */
	if (is_gone(r))
		return fail(err, -ENODEV, "/%s is no hierarchy of cgroups with cpusets: %s", g->mount, error_text(&why));
	if (r < 0)
		return fail(err, r, "%s", error_text(&why));
	r = g->world == WORLD_V1 ? count_strays(root, g) : 0;
	return r < 0 ? fail(err, r, "/%s/cgroup.procs: %m", g->mount) : 0;
}

void cgroups_free(struct cgroups *g)
{
	if (!g)
		return;
	forget(g);
	error_reset(&g->missing);
	free(g->mount);
	free(g);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * libcgroup: makes groups and removes them. The library is loaded for that and then unloaded: its mount table would
 * take a megabyte of a process that keeps it loaded (cgroup_init() writes to each of its hundred entries), and is read
 * again anyway.
 *
 * Its error numbers (from 50000) hide errno. So after each call the result is checked; if the call failed, the plain
 * system call does the work, or gives the reason. libcgroup does not move processes here: on v1 it writes to `tasks`,
 * which moves one thread of several (cgroup1_tasks_write()), and on v2 version 2.0.2 reports a failure (50001) after it
 * has moved one.
 */

#include "cgroup-internal.h"

#include "basic/strutil.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* libcgroup also has a struct cgroup: rename it here. */
#define cgroup libcgroup_group
#include <libcgroup.h>
#undef cgroup

/* libcgroup builds paths in buffers of FILENAME_MAX, with strcat. */
#define LIBCGROUP_PATH_MAX (FILENAME_MAX / 2)

#define LIB_FUNCTIONS(F)            \
	F(cgroup_add_controller)    \
	F(cgroup_create_cgroup)     \
	F(cgroup_delete_cgroup_ext) \
	F(cgroup_free)              \
	F(cgroup_init)              \
	F(cgroup_new_cgroup)        \
	F(cgroup_set_logger)

struct lib {
	void *handle;
#define MEMBER(name) __typeof__(name) *name;
	LIB_FUNCTIONS(MEMBER)
#undef MEMBER
};

static void lib_close(struct lib *lib)
{
	if (lib->handle)
		dlclose(lib->handle);
}

#define _cleanup_lib_ _cleanup_(lib_close)

static void be_silent(void *data _unused_, int level _unused_, const char *fmt _unused_, va_list ap _unused_)
{
}

static bool find(void *handle, const char *name, void *into)
{
	void *symbol = dlsym(handle, name);

	memcpy(into, &symbol, sizeof(symbol));
	return symbol;
}

/* Returns false if the library cannot be used. */
static bool lib_open(struct lib *lib)
{
	lib->handle = dlopen(CGROUP_SONAME, RTLD_NOW | RTLD_LOCAL);
	if (!lib->handle)
		return false;
#define FIND(name)                                 \
	if (!find(lib->handle, #name, &lib->name)) \
		return false;
	LIB_FUNCTIONS(FIND)
#undef FIND
	lib->cgroup_set_logger(be_silent, CGROUP_LOG_ERROR, NULL);
	return lib->cgroup_init() == 0;
}

/* Has libcgroup do something with a group; the caller must check whether it was done. */
static void with_group(const struct cgroup_ctl *ctl, const char *path,
		       void (*fn)(const struct lib *lib, struct libcgroup_group *group))
{
	_cleanup_lib_ struct lib lib = { 0 };
	struct libcgroup_group *group;

	/* libcgroup knows only the running system, whatever our root is. */
	if (!ctl->root->live || strlen(ctl->mount) + strlen(path) > LIBCGROUP_PATH_MAX || !lib_open(&lib))
		return;
	group = lib.cgroup_new_cgroup(path);
	if (group && lib.cgroup_add_controller(group, "cpuset"))
		fn(&lib, group);
	if (group)
		lib.cgroup_free(&group);
}

static void create(const struct lib *lib, struct libcgroup_group *group)
{
	lib->cgroup_create_cgroup(group, 1);
}

static void delete_group(const struct lib *lib, struct libcgroup_group *group)
{
	lib->cgroup_delete_cgroup_ext(group, CGFLAG_DELETE_EMPTY_ONLY);
}

static int open_parent(const struct cgroup_ctl *ctl, const char *path)
{
	_cleanup_free_ char *parent = cgroup_parent(path);

	return parent ? root_openf(ctl->root, O_RDONLY | O_DIRECTORY, "%s/%s", ctl->mount, parent) : -ENOMEM;
}

bool cgroup_exists(const struct cgroup_ctl *ctl, const char *path)
{
	return root_exists(ctl->root, "%s/%s", ctl->mount, path);
}

int cgroup_make_one(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	_cleanup_close_ int parent = open_parent(ctl, path);

	if (parent < 0)
		return fail(err, parent, "cgroup /%s: the cgroup above it: %m", path);
	if (mkdirat(parent, cgroup_name(path), 0755) < 0)
		return fail(err, -errno, "cgroup /%s: making it: %m%s", path, cgroup_remedy(-errno));
	return 0;
}

static int make_if_missing(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	_cleanup_error_ struct error why = ERROR_NONE;
	int r = cgroup_exists(ctl, path) ? 0 : cgroup_make_one(ctl, path, &why);

	return r < 0 && r != -EEXIST ? fail(err, r, "%s", error_text(&why)) : 0;
}

/*
 * libcgroup also makes missing cgroups above, but on v2 not always (seen with two levels missing at the fourth level).
 */
int cgroup_lib_create(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	_cleanup_free_ char *above = strdup(path);
	int r = above ? 0 : fail(err, -ENOMEM, "%m");

	if (!cgroup_exists(ctl, path))
		with_group(ctl, path, create);
	for (char *slash = above; r == 0 && (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		r = make_if_missing(ctl, above, err);
	}
	return r < 0 ? r : make_if_missing(ctl, path, err);
}

int cgroup_lib_remove(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	_cleanup_close_ int parent = -1;

	if (!cgroup_exists(ctl, path))
		return fail(err, -ENOENT, "cgroup /%s: %m", path);
	with_group(ctl, path, delete_group);
	if (!cgroup_exists(ctl, path))
		return 0;
	parent = open_parent(ctl, path);
	if (parent < 0)
		return fail(err, parent, "cgroup /%s: the cgroup above it: %m", path);
	if (unlinkat(parent, cgroup_name(path), AT_REMOVEDIR) == 0)
		return 0;
	return fail(err, -errno, "cgroup /%s: removing it: %m%s", path,
		    errno == EBUSY ? "; there are processes or cgroups in it" : cgroup_remedy(-errno));
}

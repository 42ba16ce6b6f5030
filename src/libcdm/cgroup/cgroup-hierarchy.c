/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Finds the hierarchy that has the cpuset controller, or the reason why there is none. */

#include "cgroup-internal.h"

#include "basic/strutil.h"

#include <errno.h>
#include <mntent.h>

/* Finds the first cgroup2 mount and the first cgroup mount with cpuset; a missing one stays NULL. *prefix is v1's. */
static int find_mounts(const struct root *root, char **v2, char **v1, const char **prefix)
{
	_cleanup_free_ char *text = NULL, *buf = NULL;
	_cleanup_fclose_ FILE *f = NULL;
	struct mntent m;
	size_t len;
	int r = root_read(root, &text, &len, "proc/mounts");

	if (r < 0)
		return r;
	if (len == 0)
		return 0;
	f = fmemopen(text, len, "re");
	buf = malloc(len + 1); /* no line is longer */
	if (!f || !buf)
		return -ENOMEM;
	while (getmntent_r(f, &m, buf, (int)len + 1)) {
		bool is_v1 = streq(m.mnt_type, "cgroup") && hasmntopt(&m, "cpuset");
		char **ret = is_v1 ? v1 : v2;

		if (*ret || !(is_v1 || streq(m.mnt_type, "cgroup2")))
			continue;
		if (is_v1 && hasmntopt(&m, "noprefix")) /* cgroup1_show_options(); so does mount -t cpuset */
			*prefix = "";
		*ret = strdup(m.mnt_dir + strspn(m.mnt_dir, "/"));
		if (!*ret)
			return -ENOMEM;
	}
	return 0;
}

struct controller {
	bool known, enabled, on_v1; /* from /proc/cgroups */
};

/* A line of /proc/cgroups is NAME HIERARCHY NUMBER ENABLED, cgroups(7). */
static struct controller find_controller(const struct root *root)
{
	struct controller c = { 0 };
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int hierarchy, enabled;

	if (root_read(root, &text, NULL, "proc/cgroups") < 0)
		return c;
	rest = text;
	while ((line = strsep(&rest, "\n")))
		if (sscanf(line, "cpuset %d %*d %d", &hierarchy, &enabled) == 2)
			c = (struct controller){ .known = true, .enabled = enabled, .on_v1 = hierarchy };
	return c;
}

#define MOUNT_V1 "mount -t cgroup -o cpuset cpuset /sys/fs/cgroup/cpuset"
#define UNIFIED "systemd.unified_cgroup_hierarchy=1"

/* Why a v2 hierarchy does not have the controller, and the remedy. */
static const char *why_missing(const struct root *root)
{
	struct controller c = find_controller(root);

	if (c.known && !c.enabled)
		return "it is disabled (/proc/cgroups): boot without cgroup_disable=cpuset";
	if (c.on_v1)
		return "a v1 hierarchy has it, which is not mounted here (/proc/cgroups): " MOUNT_V1
		       ", or boot with " UNIFIED;
	if (c.known)
		return "the kernel has it, and the cgroup above this one did not delegate it (cgroup.subtree_control)";
	return "a v1 hierarchy has it, it is disabled (cgroup_disable=), or the kernel was built without CONFIG_CPUSETS";
}

/* Neither cgroup2 nor a v1 cpuset is mounted. If other v1 controllers are, cpuset can be mounted beside them. */
static int none_mounted(const struct root *root, bool has_mounts, struct error *err)
{
	struct controller c = find_controller(root);

	if (!has_mounts)
		return fail(err, -ENODEV,
			    "no cgroups found: /proc/mounts is missing, and below /sys/fs/cgroup there is neither "
			    "cgroup.controllers nor cpuset/cpuset.mems");

	if (c.known && !c.enabled)
		return fail(err, -ENODEV, "no cpuset controller: %s", why_missing(root));
	return fail(err, -ENODEV,
		    "no cgroup hierarchy is mounted that can have the cpuset controller (/proc/mounts has neither cgroup2 "
		    "nor a cgroup with cpuset): mount -t cgroup2 none /sys/fs/cgroup, or, beside other v1 controllers, " MOUNT_V1);
}

static void take_v1(const struct root *root, char **mount, struct cgroups *g)
{
	g->world = WORLD_V1;
	/* Only the root cgroup has this file (CFTYPE_ONLY_ON_ROOT); a captured tree may lack it. */
	g->contained = root->live && !root_exists(root, "%s/release_agent", *mount);
	g->cpuset_available = true;
	g->mount = TAKE_PTR(*mount);
}

static int take_v2(const struct root *root, char **mount, const char *controllers, struct cgroups *g, struct error *err)
{
	g->world = WORLD_V2;
	g->cpuset_available = cgroup_lists_cpuset(controllers);
	/* Every cgroup except the root has this file (CFTYPE_NOT_ON_ROOT). */
	g->contained = root_exists(root, "%s/cgroup.type", *mount);
	if (!g->contained && !g->cpuset_available)
		return fail(err, -ENODEV, "no cpuset controller in cgroup v2 (/%s/cgroup.controllers: %s): %s", *mount,
			    controllers, why_missing(root));
	/* sd_booted(3) */
	if (!g->contained && root_exists(root, "run/systemd/system"))
		g->world = WORLD_V2_SYSTEMD;
	g->mount = TAKE_PTR(*mount);
	return 0;
}

/*
 * For a captured tree without proc/mounts, which has one or the other: systemd's API file systems and libcgroup use the
 * same paths.
 */
static int guess_mounts(char **v2, char **v1)
{
	*v2 = strdup("sys/fs/cgroup");
	*v1 = strdup("sys/fs/cgroup/cpuset");
	return *v2 && *v1 ? 0 : -ENOMEM;
}

int cgroups_find_hierarchy(const struct root *root, struct cgroups *g, struct error *err)
{
	_cleanup_free_ char *v2 = NULL, *v1 = NULL, *controllers = NULL;
	bool has_mounts;
	int r;

	g->prefix = "cpuset.";
	r = find_mounts(root, &v2, &v1, &g->prefix);
	has_mounts = r != -ENOENT;
	if (!has_mounts)
		r = guess_mounts(&v2, &v1);
	if (r < 0)
		return fail(err, r, "/proc/mounts: %m");
	/*
	 * A controller belongs to one hierarchy: if v1's cpuset is mounted, v2 has none (systemd's hybrid, cgroups(7)).
	 */
	if (has_mounts && v1) {
		take_v1(root, &v1, g);
		return 0;
	}
	r = v2 ? root_read_line(root, &controllers, "%s/cgroup.controllers", v2) : -ENOENT;
	if (r == -ENOENT && !has_mounts && root_exists(root, "%s/cpuset.mems", v1)) {
		take_v1(root, &v1, g);
		return 0;
	}
	if (r == -ENOENT && !(has_mounts && v2))
		return none_mounted(root, has_mounts, err);
	if (r == -ENOENT)
		return fail(err, -ENODEV, "/%s/cgroup.controllers is missing, although /proc/mounts has cgroup2 there", v2);
	if (r < 0)
		return fail(err, r, "/%s/cgroup.controllers: %m", v2);
	return take_v2(root, &v2, controllers, g, err);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Changes cgroups: each call goes to the operations of the world in use (v1, v2, v2 under systemd). */

#include "cgroup-internal.h"
#include "libcdm/systemd/systemd-bus.h"

#include "basic/strutil.h"

#include <errno.h>
#include <fcntl.h>

const char *cgroup_world_name(enum cgroup_world w)
{
	static const char *const names[] = {
		[WORLD_V2] = "v2",
		[WORLD_V2_SYSTEMD] = "v2+systemd",
		[WORLD_V1] = "v1",
	};

	return names[w];
}

static int compare_path(const void *path, const void *g)
{
	return path_compare(path, ((const struct cgroup *)g)->path);
}

const struct cgroup *cgroups_find(const struct cgroups *g, const char *path)
{
	return g->n ? bsearch(path, g->v, g->n, sizeof(*g->v), compare_path) : NULL;
}

bool cgroup_lists_cpuset(const char *text)
{
	static const char space[] = " \t\r\n", word[] = "cpuset";

	/* Allocates nothing, since a failure for lack of memory would be taken for "not on". */
	for (size_t n; *(text += strspn(text, space)); text += n) {
		n = strcspn(text, space);
		if (n == strlen(word) && strncmp(text, word, n) == 0)
			return true;
	}
	return false;
}

/* A line of /proc/PID/cgroup is ID:CONTROLLERS:/PATH, cgroups(7); v2's is "0::/PATH". */
static const char *path_of_line(const char *line, bool v1)
{
	const char *controllers = strchr(line, ':');
	const char *path = controllers ? strchr(controllers + 1, ':') : NULL;
	_cleanup_free_ char *list = path ? strndup(controllers + 1, (size_t)(path - controllers - 1)) : NULL;
	_cleanup_strv_ struct strv words = STRV_NONE;

	if (!list || strv_split(list, ",", &words) < 0)
		return NULL;
	if (v1 ? !strv_has(&words, "cpuset") : !after_prefix(line, "0::"))
		return NULL;
	return path[1] == '/' ? path + 2 : NULL;
}

static int process_path(const struct root *root, enum cgroup_world world, pid_t pid, char **ret, struct error *err)
{
	_cleanup_free_ char *text = NULL, *path = NULL;
	char name[16] = "self", *line, *rest;
	int r;

	if (pid)
		snprintf(name, sizeof(name), "%d", (int)pid);
	r = root_read(root, &text, NULL, "proc/%s/cgroup", name);
	if (r < 0)
		return fail(err, r, "/proc/%s/cgroup: %m", name);
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		const char *found = path_of_line(line, world == WORLD_V1);

		if (!found)
			continue;
		path = strdup(found);
		if (!path)
			return fail(err, -ENOMEM, "%m");
		*ret = TAKE_PTR(path);
		return 0;
	}
	return fail(err, -ENODATA, "/proc/%s/cgroup has no line for the %s hierarchy", name, cgroup_world_name(world));
}

int cgroup_of_pid(const struct root *root, const struct cgroups *g, pid_t pid, char **ret, struct error *err)
{
	return process_path(root, g->world, pid, ret, err);
}

int cgroup_of_session(const struct root *root, pid_t pid, char **ret, struct error *err)
{
	_cleanup_free_ char *path = NULL;
	int r = process_path(root, WORLD_V2, pid, &path, err);

	if ((r >= 0 && !*path) || r == -ENODATA) {
		_cleanup_free_ char *other = NULL;

		if (process_path(root, WORLD_V1, pid, &other, NULL) >= 0) {
			*ret = TAKE_PTR(other);
			return 0;
		}
	}
	if (r >= 0)
		*ret = TAKE_PTR(path);
	return r;
}

int cgroup_refuse_frozen(const struct root *root, const struct cgroups *g, const char *path, struct error *err)
{
	_cleanup_free_ char *events = NULL;

	if (g->world == WORLD_V1 || root_read(root, &events, NULL, "%s/%s/cgroup.events", g->mount, path) < 0 ||
	    !strstr(events, "frozen 1"))
		return 0;
	return fail(err, -EBUSY, "cgroup /%s is frozen: thaw it first (cgroup.freeze in it, or in one above it)", path);
}

int cgroup_ctl_where(const struct cgroup_ctl *ctl, pid_t pid, char **ret, struct error *err)
{
	int r = process_path(ctl->root, ctl->world, pid, ret, err);

	/* For callers, -ENOENT and -ENODEV mean that a cgroup is gone. */
	return r == -ENOENT || r == -ESRCH ? fail(err, -ESRCH, "process %d: %m", (int)pid) : r;
}

const char *cgroup_remedy(int code)
{
	switch (code) {
	case -EPERM:
	case -EACCES:
		return "; it takes root, or a cgroup that was delegated to you";
	case -EINVAL:
	case -ERANGE:
		return "; only nodes of /sys/devices/system/node/possible can be listed";
	case -EROFS:
		return "; a captured tree, or cgroups mounted read-only, cannot be changed";
	default:
		return "";
	}
}

int cgroups_refuse_container(const struct cgroups *g, struct error *err)
{
	if (!g->contained)
		return 0;
	return fail(err, -EPERM,
		    "this is a container (/%s is not the root of the cgroup hierarchy): fences and grants are made on its "
		    "host, by cdmd or cdmadm there; nothing can be done from here",
		    g->mount);
}

int cgroup_ctl_new(const struct root *root, const struct cgroups *g, struct cgroup_ctl **ret, struct error *err)
{
	static const struct cgroup_ops *const ops[] = {
		[WORLD_V2] = &cgroup_ops_v2,
		[WORLD_V2_SYSTEMD] = &cgroup_ops_systemd,
		[WORLD_V1] = &cgroup_ops_v1,
	};
	_cleanup_cgroup_ctl_ struct cgroup_ctl *ctl = calloc(1, sizeof(*ctl));

	if (!ctl)
		return fail(err, -ENOMEM, "%m");
	*ctl = (struct cgroup_ctl){ .ops = ops[g->world], .root = root, .world = g->world, .prefix = g->prefix };
	ctl->mount = strdup(g->mount);
	if (!ctl->mount)
		return fail(err, -ENOMEM, "%m");
	*ret = TAKE_PTR(ctl);
	return 0;
}

void cgroup_ctl_free(struct cgroup_ctl *ctl)
{
	if (!ctl)
		return;
	systemd_bus_close(ctl->bus);
	free(ctl->mount);
	free(ctl->note);
	free(ctl);
}

void cgroup_forget_note(struct cgroup_ctl *ctl)
{
	free(ctl->note);
	ctl->note = NULL;
}

/* Checks that every operation needs. */
static int begin(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	cgroup_forget_note(ctl);
	if (!ctl->root->live)
		return fail(err, -EROFS, "cgroup /%s: a captured tree is never changed", path);
	if (cgroup_path_is_safe(path))
		return 0;
	return fail(err, -EINVAL, "cgroup \"%s\": not a path below the root of the hierarchy", path);
}

static int switch_cpuset(struct cgroup_ctl *ctl, const char *path, bool on, struct error *err)
{
	int r = begin(ctl, path, err);

	return r < 0 ? r : ctl->ops->switch_cpuset(ctl, path, on, err);
}

int cgroup_enable_cpuset(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	return switch_cpuset(ctl, path, true, err);
}

int cgroup_disable_cpuset(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	return switch_cpuset(ctl, path, false, err);
}

static int refuse_root(const char *path, struct error *err)
{
	return *path ? 0 : fail(err, -EINVAL, "the root cgroup cannot be made, removed or limited: name one below it");
}

int cgroup_make(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	int r = begin(ctl, path, err);

	if (r == 0)
		r = refuse_root(path, err);
	return r < 0 ? r : ctl->ops->make(ctl, path, err);
}

int cgroup_remove(struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	int r = begin(ctl, path, err);

	if (r == 0)
		r = refuse_root(path, err);
	return r < 0 ? r : ctl->ops->remove(ctl, path, err);
}

int cgroup_set_mems(struct cgroup_ctl *ctl, const char *path, const struct nodeset *mems, struct error *err)
{
	int r = begin(ctl, path, err);

	if (r == 0)
		r = refuse_root(path, err);
	return r < 0 ? r : ctl->ops->set_mems(ctl, path, mems, err);
}

const char *cgroup_effective_file(enum cgroup_world world)
{
	return world == WORLD_V1 ? "effective_mems" : "mems.effective";
}

int cgroup_read_effective(const struct cgroup_ctl *ctl, const char *path, struct nodeset *ret)
{
	return root_read_nodes(ctl->root, ret, "%s/%s/%s%s", ctl->mount, path, ctl->prefix,
			       cgroup_effective_file(ctl->world));
}

int cgroup_enter(struct cgroup_ctl *ctl, pid_t pid, const char *group, const struct nodeset *mems, char **ret_path,
		 struct error *err)
{
	int r = begin(ctl, group, err);

	if (r < 0)
		return r;
	if (nodeset_empty(mems))
		return fail(err, -EINVAL, "cgroup /%s: entering it with no node at all", group);
	return ctl->ops->enter(ctl, pid ? pid : getpid(), group, mems, ret_path, err);
}

bool cgroup_is_delegated(const struct cgroup_ctl *ctl, const char *path)
{
	_cleanup_close_ int fd = root_openf(ctl->root, O_WRONLY | O_CLOEXEC, "%s/%s/cgroup.procs", ctl->mount, path);

	return fd >= 0;
}

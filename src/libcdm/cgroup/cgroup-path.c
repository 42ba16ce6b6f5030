/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Paths of cgroups, as text. */

#include "cgroup-internal.h"

#include "basic/glob.h"
#include "basic/strutil.h"

bool cgroup_path_is_safe(const char *path)
{
	if (!*path)
		return true;
	for (const char *p = path;; p++) {
		size_t n = strcspn(p, "/");

		if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += n;
		if (!*p)
			return true;
	}
}

const char *group_path_problem(const char *path)
{
	/* The root is everybody's. */
	if (path_glob(path, ""))
		return "it is, or matches, the root cgroup";
	if (streq(path, "init.scope"))
		return "init.scope is the service manager's own and cannot be a group";
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return "it has a control character";
	for (const char *p = path;; p++) {
		size_t len = strcspn(p, "/");

		if (len == 0)
			return p[0] == '\0' ? "it ends in a slash" : "it has an empty component";
		if ((len == 1 && p[0] == '.') || (len == 2 && strncmp(p, "..", 2) == 0))
			return "it has a component \".\" or \"..\"";
		p += len;
		if (!*p)
			return NULL;
	}
}

bool cgroup_is_below(const char *path, const char *group)
{
	const char *rest = after_prefix(path, group);

	return rest && (!*group || !*rest || *rest == '/');
}

char *cgroup_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strndup(path, slash ? (size_t)(slash - path) : 0);
}

const char *cgroup_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

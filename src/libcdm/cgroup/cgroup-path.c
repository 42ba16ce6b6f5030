/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Paths of cgroups, as text. */

#include "cgroup-internal.h"

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

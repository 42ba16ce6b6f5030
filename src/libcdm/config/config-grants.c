/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which cgroups the patterns of the groups cover. */

#include "config.h"

#include "basic/glob.h"

#include <string.h>

/* Whether pattern can match a cgroup strictly below path: path's components match a proper prefix of pattern's. */
static bool reaches_below(const char *pattern, const char *path)
{
	while (*path) {
		size_t plen = strcspn(pattern, "/"), nlen = strcspn(path, "/");

		if (plen == 2 && strncmp(pattern, "**", 2) == 0)
			return true;
		if (!plen || !glob_matches_n(pattern, plen, path, nlen))
			return false;
		pattern += plen + (pattern[plen] == '/');
		path += nlen + (path[nlen] == '/');
	}
	return *pattern != '\0';
}

uint64_t config_below(const struct config *c, const char *path)
{
	uint64_t classes = 0;

	for (size_t i = 0; i < c->n_groups; i++)
		if (!path_glob(c->groups[i].pattern, path) && reaches_below(c->groups[i].pattern, path))
			classes |= c->groups[i].classes;
	return classes;
}

bool config_is_group(const struct config *c, const char *path)
{
	for (size_t i = 0; i < c->n_groups; i++)
		if (path_glob(c->groups[i].pattern, path))
			return true;
	return false;
}

bool config_reaches(const struct config *c, const char *path)
{
	return config_granted(c, path) != 0 || config_below(c, path) != 0;
}

const char *group_literal(const struct group *g)
{
	return g->pattern[strcspn(g->pattern, "*?[")] ? NULL : g->pattern;
}

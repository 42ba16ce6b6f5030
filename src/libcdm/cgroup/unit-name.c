/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tells which systemd unit a cgroup path belongs to, if it belongs to one. */

#include "cgroup.h"

#include "basic/strutil.h"

#include <errno.h>

#define UNIT_NAME_MAX 255

static const char *const unit_suffixes[] = { ".slice", ".scope", ".service", ".mount", ".swap", ".socket" };

/* The same checks as systemd's unit_name_is_valid(). */
static bool is_unit_name(const char *name)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.\\-@";

	if (strlen(name) > UNIT_NAME_MAX || name[strspn(name, chars)] || *name == '.' || *name == '@')
		return false;
	for (size_t i = 0; i < ELEMENTSOF(unit_suffixes); i++)
		if (has_suffix(name, unit_suffixes[i]))
			return true;
	return false;
}

/* a-b.slice must be in a.slice, and a.slice at the top (parent is then NULL). */
static bool slice_nests(const char *parent, const char *slice)
{
	size_t stem = strlen(slice) - strlen(".slice");
	const char *dash = memrchr(slice, '-', stem);

	if (!dash)
		return !parent;
	return parent && strlen(parent) == (size_t)(dash - slice) + strlen(".slice") &&
	       strncmp(parent, slice, (size_t)(dash - slice)) == 0;
}

/* systemd's cg_escape() puts "_" before a name that could be one of the kernel's files. */
static const char *unescape(const char *component)
{
	return *component == '_' ? component + 1 : component;
}

int cgroup_unit(const char *path, char **ret)
{
	_cleanup_strv_ struct strv parts = STRV_NONE;
	const char *above = NULL, *name = NULL;
	int r = strv_split(path, "/", &parts);

	if (r < 0)
		return r;
	for (size_t i = 0; i < parts.n; i++) {
		if (name && !has_suffix(name, ".slice"))
			return 0;
		above = name;
		name = unescape(parts.s[i]);
		if (!is_unit_name(name) || (has_suffix(name, ".slice") && !slice_nests(above, name)))
			return 0;
	}
	if (!name)
		return 0;
	*ret = strdup(name);
	return *ret ? 1 : -ENOMEM;
}

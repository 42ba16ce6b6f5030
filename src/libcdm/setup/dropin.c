/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The project's systemd drop-ins: their text, how they are recognized, and which of them exist. */

#include "dropin.h"

#include "basic/strutil.h"

#include <errno.h>

char *dropin_text(const char *unit, const struct nodeset *mems)
{
	char *text;

	if (asprintf(&text,
		     "# Keeps device memory for its groups from the first moment of a boot: cdm(7).\n"
		     "# What cdmd sets at run time wins over this.\n"
		     "[%s]\n"
		     "AllowedMemoryNodes=\n"
		     "AllowedMemoryNodes=%s\n",
		     has_suffix(unit, ".scope") ? "Scope" : "Slice", NODESET_STR(mems)) < 0)
		return NULL;
	return text;
}

/* *ret: the unit of a top-level cgroup, if it gets a drop-in (owned), or NULL. */
static int unit_of(const char *path, char **ret)
{
	_cleanup_free_ char *unit = NULL;
	int r = strchr(path, '/') ? 0 : cgroup_unit(path, &unit);

	*ret = NULL;
	if (r > 0 && (has_suffix(unit, ".slice") || streq(unit, DROPIN_SCOPE)))
		*ret = TAKE_PTR(unit);
	return r < 0 ? r : 0;
}

static char *dropin_dir(const char *unit)
{
	char *dir;

	return asprintf(&dir, DROPIN_PARENT "/%s.d", unit) < 0 ? NULL : dir;
}

int dropin_add(struct lasting *l, const char *path, const struct nodeset *mems, struct error *err)
{
	_cleanup_free_ char *unit = NULL, *dir = NULL, *text = NULL;
	int r = unit_of(path, &unit);

	if (r < 0)
		return fail(err, r, "%m");
	if (!unit)
		return 0;
	dir = dropin_dir(unit);
	text = dropin_text(unit, mems);
	return dir && text ? lasting_add(l, dir, DROPIN_NAME, text, err) : fail(err, -ENOMEM, "%m");
}

int dropins_unwant(struct lasting *l, struct error *err)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	int r = root_list(l->root, &names, DROPIN_PARENT);

	if (r < 0)
		return r == -ENOENT ? 0 : fail(err, r, "/" DROPIN_PARENT ": %m");
	for (size_t i = 0; i < names.n && r >= 0; i++) {
		_cleanup_free_ char *dir = NULL;

		if (!has_suffix(names.s[i], ".d"))
			continue;
		if (asprintf(&dir, DROPIN_PARENT "/%s", names.s[i]) < 0) {
			dir = NULL;
			return fail(err, -ENOMEM, "%m");
		}
		r = lasting_add(l, dir, DROPIN_NAME, NULL, err);
	}
	return r;
}

/* Whether the drop-in in dir is ours, unchanged, and has exactly this list. */
static int says(const struct root *root, const char *dir, const char *unit, const struct nodeset *mems, bool *ret)
{
	_cleanup_free_ char *text = NULL, *expected = dropin_text(unit, mems);
	enum lasting_found found = LASTING_NONE;

	if (!expected)
		return -ENOMEM;
	*ret = lasting_look(root, dir, DROPIN_NAME, &found, &text) == 0 && found == LASTING_OURS && text &&
	       streq(text, expected);
	return 0;
}

int dropins_mark(const struct root *root, struct cgroups *cgroups)
{
	for (size_t i = 0; i < cgroups->n; i++) {
		struct cgroup *g = &cgroups->v[i];
		_cleanup_free_ char *unit = NULL, *dir = NULL;
		int r = g->explicit ? unit_of(g->path, &unit) : 0;

		if (r < 0)
			return r;
		if (!unit)
			continue;
		dir = dropin_dir(unit);
		r = dir ? says(root, dir, unit, &g->mems, &g->from_dropin) : -ENOMEM;
		if (r < 0)
			return r;
	}
	return 0;
}

/* The list in a drop-in of ours: the value of the last assignment (dropin_text()). */
static int mems_of(const struct root *root, const char *dir, struct nodeset *ret)
{
	static const char key[] = "\nAllowedMemoryNodes=";
	_cleanup_free_ char *text = NULL;
	enum lasting_found found = LASTING_NONE;
	const char *last = NULL;
	int r = lasting_look(root, dir, DROPIN_NAME, &found, &text);

	if (r < 0 || !text)
		return r < 0 ? r : -ENOENT;
	for (const char *p = text; (p = strstr(p, key)); p += strlen(key))
		last = p + strlen(key);
	if (!last)
		return -EINVAL;
	text[last - text + strcspn(last, "\n")] = '\0';
	return nodeset_parse(last, ret);
}

int dropins_check(const struct root *root, const struct nodeset *possible, struct strv *problems)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	int r = root_list(root, &names, DROPIN_PARENT);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *unit = strdup(names.s[i]), *dir = NULL;
		struct nodeset mems, lost;

		if (!unit || !has_suffix(unit, ".d"))
			continue;
		unit[strlen(unit) - strlen(".d")] = '\0';
		dir = dropin_dir(unit);
		if (!dir || mems_of(root, dir, &mems) < 0 || nodeset_subset(&mems, possible))
			continue;
		lost = nodeset_minus(&mems, possible);
		r = strv_addf(problems,
			      "/%s/" DROPIN_NAME
			      " lists node %s, which this boot does not have "
			      "(/sys/devices/system/node/possible): systemd accepts such a list and the kernel refuses it, so "
			      "that %s starts without a list, and is open until cdmd fences it; `cdmadm setup` writes the "
			      "file again",
			      dir, NODESET_STR(&lost), unit);
		if (r < 0)
			return r;
	}
	return 0;
}

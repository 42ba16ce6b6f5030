/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config-internal.h"

#include "basic/strutil.h"

#include <errno.h>

const char *group_path_problem(const char *path)
{
	/* The root belongs to everybody. */
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

static int read_name(const struct json_at *at, void *into, struct error *err)
{
	const char *name;
	int r = json_get_string(at, "", &name, err);

	if (r < 0)
		return r;
	return strv_add(into, name) < 0 ? fail(err, -ENOMEM, "out of memory") : 0;
}

static int read_names(const struct json_at *at, void *into, struct error *err)
{
	int r = json_expect(at, JSON_ARRAY, " of names", err);

	return r < 0 ? r : json_each(at, read_name, into, err);
}

static int read_users(const struct json_at *at, void *into, struct error *err)
{
	return read_names(at, &((struct group *)into)->enter_users, err);
}

static int read_user_groups(const struct json_at *at, void *into, struct error *err)
{
	return read_names(at, &((struct group *)into)->enter_groups, err);
}

static int read_enter(const struct json_at *at, void *into, struct error *err)
{
	static const struct json_field fields[] = { { "users", read_users }, { "groups", read_user_groups } };

	return json_get_fields_commented(at, fields, ELEMENTSOF(fields), into, err);
}

static int check_class_name(const struct json_at *at, void *into _unused_, struct error *err)
{
	const char *name;

	return json_get_string(at, "", &name, err);
}

static int check_class_names(const struct json_at *at, void *into, struct error *err)
{
	int r = json_expect(at, JSON_ARRAY, " of class names", err);

	return r < 0 ? r : json_each(at, check_class_name, into, err);
}

int read_group(const struct json_at *at, struct group *ret, struct error *err)
{
	static const struct json_field fields[] = { { "classes", check_class_names }, { "enter", read_enter } };
	_cleanup_group_ struct group g = { 0 };
	const char *path = at->key + (at->key[0] == '/'), *problem = group_path_problem(path);
	int r;

	if (problem)
		return json_at_fail_key(at, err, "\"%s\" is no group: %s", at->key, problem);
	g.pattern = strdup(path);
	if (!g.pattern)
		return fail(err, -ENOMEM, "out of memory");
	r = json_get_fields_commented(at, fields, ELEMENTSOF(fields), &g, err);
	if (r < 0)
		return r;
	if (!json_object_get(at->value, "classes"))
		return json_at_fail(at, err, "\"classes\" is missing: which classes is \"%s\" granted?", at->key);
	*ret = TAKE(g, (struct group){ 0 });
	return 0;
}

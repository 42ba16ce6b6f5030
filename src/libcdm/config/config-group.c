/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One group of the configuration, read from JSON. */

#include "config-internal.h"

#include "basic/strutil.h"
#include "libcdm/cgroup/cgroup.h"

#include <errno.h>

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

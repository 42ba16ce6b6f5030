/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Profiles: rules and defaults from a JSON file. */

#include "rules.h"

#include "basic/strutil.h"
#include "libcdm/cgroup/cgroup.h"
#include "libcdm/json/json.h"

#include <ctype.h>
#include <errno.h>

static int read_description(const struct json_at *at, void *into _unused_, struct error *err)
{
	return json_expect(at, JSON_STRING, "", err);
}

static int read_rule(const struct json_at *at, void *into, struct error *err)
{
	_cleanup_error_ struct error why = ERROR_NONE;
	const char *text;
	int r = json_get_string(at, " such as \"malloc,min=1M\"", &text, err);

	if (r < 0)
		return r;
	if (rules_add(&((struct profile *)into)->rules, "rule", text, &why) < 0)
		return json_at_fail(at, err, "%s", error_text(&why));
	return 0;
}

static int read_allow(const struct json_at *at, void *into, struct error *err)
{
	int r = json_expect(at, JSON_ARRAY, " of rules", err);

	if (r < 0)
		return r;
	if (json_array_size(at->value) == 0)
		return json_at_fail(at, err, "no rule at all: nothing would be placed; add one such as \"malloc,min=1M\"");
	return json_each(at, read_rule, into, err);
}

static int read_policy(const struct json_at *at, void *into, struct error *err)
{
	struct profile *p = into;
	int i = json_get_word(at, policy_words, POLICIES_ASKED, err);

	if (i < 0)
		return i;
	p->policy = (enum cdm_policy)i;
	p->has_policy = true;
	return 0;
}

static int read_nodes(const struct json_at *at, void *into, struct error *err)
{
	struct profile *p = into;
	const char *nodes;
	int r = json_get_string(at, ": nodes such as \"4-7\", or a class", &nodes, err);

	if (r < 0)
		return r;
	p->nodes = strdup(nodes);
	return p->nodes ? 0 : fail(err, -ENOMEM, "out of memory");
}

static int read_group_name(const struct json_at *at, void *into, struct error *err)
{
	struct profile *p = into;
	const char *group, *problem;
	int r = json_get_string(at, "", &group, err);

	if (r < 0)
		return r;
	group += group[0] == '/';
	problem = group_path_problem(group);
	if (problem)
		return json_at_fail(at, err, "\"%s\" is no group: %s", group, problem);
	p->group = strdup(group);
	return p->group ? 0 : fail(err, -ENOMEM, "out of memory");
}

static int read_profile(const struct json_doc *doc, struct profile *ret, struct error *err)
{
	static const struct json_field fields[] = {
		{ "version", json_read_version }, { "description", read_description },
		{ "allow", read_allow },          { "policy", read_policy },
		{ "nodes", read_nodes },          { "group", read_group_name },
	};
	_cleanup_profile_ struct profile p = { 0 };
	const struct json_at top = JSON_AT(doc);
	int r = json_get_fields_commented(&top, fields, ELEMENTSOF(fields), &p, err);

	if (r < 0)
		return r;
	if (!json_object_get(doc->root, "version"))
		return json_at_fail(&top, err, "\"version\" is missing: add \"version\": 1");
	if (!json_object_get(doc->root, "allow"))
		return json_at_fail(&top, err, "\"allow\" is missing: add \"allow\": [ \"malloc,min=1M\" ]");
	*ret = TAKE(p, (struct profile){ 0 });
	return 0;
}

static int load_named(const char *dir, const char *name, struct json_doc *ret, struct error *err)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s.json", dir, name) < 0)
		return fail(err, -ENOMEM, "out of memory");
	return json_doc_load(AT_FDCWD, path, path, JSON_DOC_MAX, ret, err);
}

static int find_profile(const char *name, struct json_doc *ret, struct error *err)
{
	bool plain = name[0] && name[0] != '.';
	int r;

	if (strchr(name, '/'))
		return json_doc_load(AT_FDCWD, name, name, JSON_DOC_MAX, ret, err);
	for (const char *c = name; *c; c++)
		plain = plain && (isalnum((unsigned char)*c) || strchr("_.-", *c));
	if (!plain)
		return fail(err, -EINVAL,
			    "\"%s\" is no name of a profile: letters, digits, \"_\", \".\", \"-\"; "
			    "a file is named with a slash",
			    name);
	r = load_named(PROFILE_DIR, name, ret, err);
	if (r == -ENOENT)
		r = load_named(PROFILE_VENDOR_DIR, name, ret, err);
	if (r == -ENOENT)
		return fail(err, r, "no profile \"%s\": neither %s/%s.json nor %s/%s.json is there", name, PROFILE_DIR,
			    name, PROFILE_VENDOR_DIR, name);
	return r;
}

int profile_load(const char *name, struct profile *ret, struct error *err)
{
	_cleanup_json_doc_ struct json_doc doc = JSON_DOC_NONE;
	int r = find_profile(name, &doc, err);

	return r < 0 ? r : read_profile(&doc, ret, err);
}

void profile_free(struct profile *p)
{
	rules_free(&p->rules);
	free(p->group);
	free(p->nodes);
	*p = (struct profile){ 0 };
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Merges the documents of the configuration one after the other, then resolves the names of classes. */

#include "config-internal.h"

#include "basic/strutil.h"

#include <errno.h>

static int merge_class(const struct json_at *at, void *into, struct error *err)
{
	_cleanup_class_ struct class class = { 0 };
	struct draft *d = into;
	int i, r = read_class(at, &class, err);

	if (r < 0)
		return r;
	if (config_class(d->config, class.name) < 0 && d->config->n_classes == CLASSES_MAX)
		return json_at_fail_key(at, err, "\"%s\" is one class too many: %d is the most", at->key, CLASSES_MAX);
	i = config_put_class(d->config, &class);
	return i < 0 ? fail(err, i, "out of memory") : 0;
}

static int merge_classes(const struct json_at *at, void *into, struct error *err)
{
	int r = json_expect(at, JSON_OBJECT, "", err);

	return r < 0 ? r : json_each(at, merge_class, into, err);
}

static int merge_group(const struct json_at *at, void *into, struct error *err)
{
	_cleanup_group_ struct group group = { 0 };
	struct draft *d = into;
	int i, r = read_group(at, &group, err);

	if (r < 0)
		return r;
	i = config_group(d->config, group.pattern);
	/* jansson refuses equal keys, but "a" and "/a" are the same group. */
	if (i >= 0 && d->groups[i].doc == at->doc)
		return json_at_fail_key(at, err, "\"%s\" is given twice", at->key);
	if (i < 0 && d->config->n_groups == GROUPS_MAX)
		return json_at_fail_key(at, err, "\"%s\" is one group too many: %d is the most", at->key, GROUPS_MAX);
	i = config_put_group(d->config, &group);
	if (i < 0)
		return fail(err, i, "out of memory");
	d->groups[i] = (struct source){ .doc = at->doc, .key = at->key };
	return 0;
}

static int merge_groups(const struct json_at *at, void *into, struct error *err)
{
	int r = json_expect(at, JSON_OBJECT, "", err);

	return r < 0 ? r : json_each(at, merge_group, into, err);
}

static int merge_auto_online(const struct json_at *at, void *into, struct error *err)
{
	const char *words[] = { auto_online_policy_name(AUTO_ONLINE_SETTLE), auto_online_policy_name(AUTO_ONLINE_KEEP) };
	int i = json_get_word(at, words, ELEMENTSOF(words), err);

	if (i < 0)
		return i;
	((struct draft *)into)->config->auto_online = (enum auto_online_policy)i;
	return 0;
}

int draft_merge(struct draft *d, const struct json_doc *doc, struct error *err)
{
	static const struct json_field fields[] = {
		{ "version", json_read_version },
		{ "classes", merge_classes },
		{ "groups", merge_groups },
		{ "auto_online", merge_auto_online },
	};
	const struct json_at top = JSON_AT(doc);

	/* Another version may have other keys, so a missing version is reported first. */
	if (!json_object_get(doc->root, "version"))
		return json_at_fail(&top, err, "\"version\" is missing: add \"version\": 1");
	return json_get_fields_commented(&top, fields, ELEMENTSOF(fields), d, err);
}

struct resolving {
	const struct config *config;
	uint64_t classes;
};

static int resolve_class(const struct json_at *at, void *into, struct error *err)
{
	struct resolving *r = into;
	const char *name = json_string_value(at->value), *known[CLASSES_MAX];
	int i = config_class(r->config, name);

	if (i >= 0) {
		r->classes |= CLASS_BIT(i);
		return 0;
	}
	if (r->config->n_classes == 0)
		return json_at_fail(at, err, "unknown class \"%s\": \"classes\" defines none", name);
	for (size_t k = 0; k < r->config->n_classes; k++)
		known[k] = r->config->classes[k].name;
	return json_at_unknown(at, false, "class", name, known, r->config->n_classes, err);
}

int draft_resolve(struct draft *d, struct error *err)
{
	for (size_t i = 0; i < d->config->n_groups; i++) {
		struct resolving resolving = { .config = d->config };
		const struct json_doc *doc = d->groups[i].doc;
		int r;

		if (!doc)
			continue;
		struct json_at top = JSON_AT(doc);
		struct json_at groups = {
			.doc = doc, .up = &top, .key = "groups", .value = json_object_get(top.value, "groups")
		};
		struct json_at group = { .doc = doc,
					 .up = &groups,
					 .key = d->groups[i].key,
					 .value = json_object_get(groups.value, d->groups[i].key) };
		struct json_at classes = {
			.doc = doc, .up = &group, .key = "classes", .value = json_object_get(group.value, "classes")
		};

		r = json_each(&classes, resolve_class, &resolving, err);
		if (r < 0)
			return r;
		d->config->groups[i].classes = resolving.classes;
	}
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The document of STATE_FILE. */

#include "state-internal.h"

#include "basic/strutil.h"

#include <errno.h>

#define STATE_VERSION 1

static int get_strings(const json_t *list, struct strv *ret)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item) {
		_cleanup_free_ char *raw = json_is_string(item) ? unescape_text(json_string_value(item)) : NULL;
		int r = raw ? strv_add(ret, raw) : -EINVAL;

		if (r < 0)
			return r;
	}
	return 0;
}

/* What was asked of nodes: there only while something is. */
static const struct mark {
	const char *key;
	size_t offset;
} marks[] = {
	{ "withdrawn", offsetof(struct state, withdrawn) },
	{ "draining", offsetof(struct state, draining) },
	{ "offlining", offsetof(struct state, offlining) },
};

static struct nodeset *marked(const struct state *s, const struct mark *m)
{
	return (struct nodeset *)((char *)s + m->offset);
}

static int marks_from_json(const json_t *doc, struct state *s)
{
	for (size_t i = 0; i < ELEMENTSOF(marks); i++) {
		const json_t *value = json_object_get(doc, marks[i].key);
		int r = !value                ? 0 :
			json_is_string(value) ? nodeset_parse(json_string_value(value), marked(s, &marks[i])) :
						-EINVAL;

		if (r < 0)
			return r;
	}
	return 0;
}

static json_t *marks_to_json(json_t *doc, const struct state *s)
{
	for (size_t i = 0; doc && i < ELEMENTSOF(marks); i++) {
		const struct nodeset *nodes = marked(s, &marks[i]);

		if (!nodeset_empty(nodes) && json_object_set_new(doc, marks[i].key, json_nodes(nodes)) < 0) {
			json_decref(doc);
			return NULL;
		}
	}
	if (doc && s->n_pools && json_object_set_new(doc, "hugepages", pools_to_json(s)) < 0) {
		json_decref(doc);
		return NULL;
	}
	return doc;
}

int state_from_json(json_t *doc, struct state *s)
{
	const char *known, *settled, *onlined, *auto_online = NULL, *path;
	json_t *mems, *migrating = NULL, *created, *enabled, *value;
	int version, lost = 0, r;

	if (json_unpack(doc, "{s:i, s?b, s:s, s:s, s:s, s?s, s:o, s?o, s:o, s:o}", "version", &version, "lost", &lost,
			"known", &known, "settled", &settled, "onlined", &onlined, "auto_online", &auto_online, "mems",
			&mems, "migrating", &migrating, "created", &created, "enabled", &enabled) < 0 ||
	    version != STATE_VERSION)
		return -EINVAL;
	s->lost = lost;
	if (auto_online) {
		s->auto_online = strdup(auto_online);
		if (!s->auto_online)
			return -ENOMEM;
	}
	json_object_foreach(mems, path, value) {
		_cleanup_free_ char *raw = unescape_text(path);

		r = raw && json_is_string(value) ? state_remember(s, raw, json_string_value(value)) : -EINVAL;
		if (r < 0)
			return r;
	}
	r = nodeset_parse(known, &s->known);
	if (r < 0)
		return r;
	r = idset_parse(settled, &s->settled);
	if (r < 0)
		return r;
	r = idset_parse(onlined, &s->onlined);
	if (r < 0)
		return r;
	r = marks_from_json(doc, s);
	if (r >= 0)
		r = get_strings(migrating, &s->migrating);
	if (r >= 0)
		r = pools_from_json(doc, s);
	if (r < 0)
		return r;
	r = get_strings(created, &s->created);
	return r < 0 ? r : get_strings(enabled, &s->enabled);
}

static json_t *strings_to_json(const struct strv *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->n; i++) {
		_cleanup_free_ char *escaped = escape_text(v->s[i]);

		if (!escaped || json_array_append_new(list, json_string(escaped)) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

json_t *state_to_json(const struct state *s)
{
	_cleanup_free_ char *settled = idset_format(&s->settled), *onlined = idset_format(&s->onlined);
	json_t *mems = json_object();

	if (!settled || !onlined) {
		json_decref(mems);
		return NULL;
	}
	for (size_t i = 0; i < s->n_mems; i++) {
		/* A cgroup's name is any bytes; JSON's keys are UTF-8. */
		_cleanup_free_ char *key = escape_text(s->mems[i].path);

		if (!key || json_object_set_new(mems, key, json_string(s->mems[i].mems)) < 0) {
			json_decref(mems);
			return NULL;
		}
	}
	return marks_to_json(json_pack("{s:i, s:b, s:o, s:s, s:s, s:s*, s:o, s:o, s:o, s:o}", "version", STATE_VERSION,
				       "lost", s->lost, "known", json_nodes(&s->known), "settled", settled, "onlined",
				       onlined, "auto_online", s->auto_online, "mems", mems, "migrating",
				       strings_to_json(&s->migrating), "created", strings_to_json(&s->created),
				       "enabled", strings_to_json(&s->enabled)),
			     s);
}

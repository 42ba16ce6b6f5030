/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads and writes the state file as JSON. */

#include "state-internal.h"

#include "basic/printable.h"
#include "basic/strutil.h"

#include <errno.h>

#define STATE_VERSION 1

/* Requests for nodes; each key is present only if there are any. */
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

/* Flags of cgroups, each written as a list of paths. */
static const struct flag {
	const char *key;
	size_t offset;
} flags[] = {
	{ "migrating", offsetof(struct saved_cgroup, migrating) },
	{ "created", offsetof(struct saved_cgroup, created) },
	{ "enabled", offsetof(struct saved_cgroup, enabled) },
};

static bool *flagged(struct saved_cgroup *c, const struct flag *f)
{
	return (bool *)((char *)c + f->offset);
}

static int flag_from_json(const json_t *list, const struct flag *f, struct state *s)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item) {
		_cleanup_free_ char *raw = json_is_string(item) ? unescape_text(json_string_value(item)) : NULL;
		struct saved_cgroup *c;
		int r = raw ? state_remember(s, raw, 0, &c) : -EINVAL;

		if (r < 0)
			return r;
		*flagged(c, f) = true;
	}
	return 0;
}

/* In the order of the paths. A version of cdm-tools that identified cgroups by paths alone ignores and drops them. */
static int inodes_from_json(const json_t *list, struct state *s)
{
	size_t i;
	json_t *item;

	if (list && (!json_is_array(list) || json_array_size(list) != s->n_cgroups))
		return -EINVAL;
	json_array_foreach(list, i, item) {
		if (!json_is_integer(item) || json_integer_value(item) < 0)
			return -EINVAL;
		s->cgroups[i].inode = (uint64_t)json_integer_value(item);
	}
	return 0;
}

static int cgroups_from_json(const json_t *doc, json_t *mems, struct state *s)
{
	const char *path;
	json_t *value;
	int r = 0;

	json_object_foreach(mems, path, value) {
		_cleanup_free_ char *raw = unescape_text(path);

		r = raw && json_is_string(value) ? state_remember_text(s, raw, 0, json_string_value(value)) : -EINVAL;
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ELEMENTSOF(flags) && r >= 0; i++)
		r = flag_from_json(json_object_get(doc, flags[i].key), &flags[i], s);
	return r < 0 ? r : inodes_from_json(json_object_get(doc, "inodes"), s);
}

int state_from_json(json_t *doc, struct state *s)
{
	const char *known, *settled, *onlined, *auto_online = NULL;
	json_t *mems, *created, *enabled;
	json_int_t version, seen = 0;
	int lost = 0, r;

	if (json_unpack(doc, "{s:I, s?b, s:s, s:s, s:s, s?I, s?s, s:o, s:o, s:o}", "version", &version, "lost", &lost,
			"known", &known, "settled", &settled, "onlined", &onlined, "seen", &seen, "auto_online",
			&auto_online, "mems", &mems, "created", &created, "enabled", &enabled) < 0 ||
	    version != STATE_VERSION || seen < 0)
		return -EINVAL;
	s->lost = lost;
	s->seen = (uint64_t)seen;
	if (auto_online) {
		s->auto_online = strdup(auto_online);
		if (!s->auto_online)
			return -ENOMEM;
	}
	r = nodeset_parse(known, &s->known);
	if (r >= 0)
		r = idset_parse(settled, &s->was_online);
	if (r >= 0)
		r = idset_parse(onlined, &s->onlined);
	if (r >= 0)
		r = cgroups_from_json(doc, mems, s);
	if (r >= 0)
		r = marks_from_json(doc, s);
	return r < 0 ? r : pools_from_json(doc, s);
}

/* A cgroup's name may be any bytes, but JSON strings are UTF-8. */
static int add_flag(json_t *doc, const struct flag *f, const struct state *s)
{
	json_t *list = json_array();
	int r = json_object_set_new(doc, f->key, list);

	for (size_t i = 0; i < s->n_cgroups && r == 0; i++) {
		_cleanup_free_ char *escaped = NULL;

		if (!*flagged(&s->cgroups[i], f))
			continue;
		escaped = escape_text(s->cgroups[i].path);
		r = escaped ? json_array_append_new(list, json_string(escaped)) : -ENOMEM;
	}
	return r;
}

static int add_cgroups(json_t *doc, const struct state *s)
{
	json_t *mems = json_object(), *inodes = json_array();
	int r = json_object_set_new(doc, "mems", mems);

	r |= json_object_set_new(doc, "inodes", inodes);
	for (size_t i = 0; i < s->n_cgroups && r == 0; i++) {
		const struct saved_cgroup *c = &s->cgroups[i];
		_cleanup_free_ char *key = escape_text(c->path);

		r = key ? json_array_append_new(inodes, json_integer((json_int_t)c->inode)) : -ENOMEM;
		if (r == 0 && c->mems)
			r = json_object_set_new(mems, key, json_string(c->mems));
	}
	for (size_t i = 0; i < ELEMENTSOF(flags) && r == 0; i++)
		r = add_flag(doc, &flags[i], s);
	return r;
}

json_t *state_to_json(const struct state *s)
{
	_cleanup_free_ char *settled = idset_format(&s->was_online), *onlined = idset_format(&s->onlined);
	json_t *doc = settled && onlined ?
			      json_pack("{s:i, s:b, s:o, s:s, s:s, s:I, s:s*}", "version", STATE_VERSION, "lost",
					s->lost, "known", json_nodes(&s->known), "settled", settled, "onlined", onlined,
					"seen", (json_int_t)s->seen, "auto_online", s->auto_online) :
			      NULL;

	if (doc && add_cgroups(doc, s) != 0) {
		json_decref(doc);
		return NULL;
	}
	return marks_to_json(doc, s);
}

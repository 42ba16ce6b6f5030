/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Requests and answers of cdmd's socket as lines of JSON. */

#include "protocol.h"

#include "basic/strutil.h"
#include "libcdm/cgroup/cgroup.h"

#include <errno.h>

static const char *const kind_names[] = {
	[QUERY_STATUS] = "status",   [QUERY_EVENTS] = "events",   [QUERY_ENTER] = "enter",
	[QUERY_CONFIRM] = "confirm", [QUERY_LEAVING] = "leaving", [QUERY_RELOAD] = "reload",
};

/* The request, as it is read key by key. */
struct reading {
	struct query query;
	bool has_kind;
};

static int take_string(const struct json_at *at, char **into, struct error *err)
{
	const char *s;
	int r = json_get_string(at, "", &s, err);

	if (r < 0)
		return r;
	free(*into);
	*into = strdup(s);
	return *into ? 0 : fail(err, -ENOMEM, "%m");
}

static int read_do(const struct json_at *at, void *into, struct error *err)
{
	struct reading *reading = into;
	int kind = json_get_word(at, kind_names, ELEMENTSOF(kind_names), err);

	if (kind < 0)
		return kind;
	reading->query.kind = (enum query_kind)kind;
	reading->has_kind = true;
	return 0;
}

static int read_group(const struct json_at *at, void *into, struct error *err)
{
	struct query *query = &((struct reading *)into)->query;
	int r = take_string(at, &query->group, err);

	if (r < 0)
		return r;
	if (query->group[0] == '/')
		memmove(query->group, query->group + 1, strlen(query->group));
	if (!*query->group || !cgroup_path_is_safe(query->group))
		return json_at_fail(at, err, "\"%s\" is not a path of a cgroup", json_string_value(at->value));
	return 0;
}

static int read_nodes(const struct json_at *at, void *into, struct error *err)
{
	struct query *query = &((struct reading *)into)->query;
	const char *text;
	int r = json_get_string(at, " such as \"1-2\"", &text, err);

	if (r < 0)
		return r;
	query->has_nodes = true;
	if (nodeset_parse(text, &query->nodes) < 0 || nodeset_empty(&query->nodes))
		return json_at_fail(at, err, "\"%s\" is not a list of nodes such as \"1-2\"", text);
	return 0;
}

static int read_nonce(const struct json_at *at, void *into, struct error *err)
{
	return take_string(at, &((struct reading *)into)->query.nonce, err);
}

/* The first key that the request cannot have; keys that no request has were refused before. */
static const char *stray_key(const struct query *r)
{
	if (r->kind != QUERY_ENTER && r->group)
		return "group";
	if (r->kind != QUERY_ENTER && r->kind != QUERY_LEAVING && r->has_nodes)
		return "nodes";
	return r->kind != QUERY_CONFIRM && r->nonce ? "nonce" : NULL;
}

int query_parse(const char *line, size_t len, struct query *ret, struct error *err)
{
	static const struct json_field fields[] = {
		{ "do", read_do },
		{ "group", read_group },
		{ "nodes", read_nodes },
		{ "nonce", read_nonce },
	};
	_cleanup_json_doc_ struct json_doc doc = JSON_DOC_NONE;
	struct reading reading = { 0 };
	_cleanup_query_ struct query query = QUERY_NONE;
	const char *stray;
	int r = json_doc_parse("request", line, len, &doc, err);

	if (r < 0)
		return r;
	r = json_get_fields(&JSON_AT(&doc), fields, ELEMENTSOF(fields), &reading, err);
	query = reading.query;
	if (r < 0)
		return r;
	if (!reading.has_kind)
		return json_fail_at(&doc, "", err, -EINVAL, "no key \"do\": it says what is asked for");
	stray = stray_key(&query);
	if (stray)
		return fail(err, -EINVAL, "request: key \"%s\" does not go with \"do\": \"%s\"", stray,
			    kind_names[query.kind]);
	if (query.kind == QUERY_ENTER && !query.group)
		return fail(err, -EINVAL, "request: \"enter\" wants a key \"group\"");
	if (query.kind == QUERY_CONFIRM && !query.nonce)
		return fail(err, -EINVAL, "request: \"confirm\" wants a key \"nonce\"");
	if (query.kind == QUERY_LEAVING && !query.has_nodes)
		return fail(err, -EINVAL, "request: \"leaving\" wants a key \"nodes\"");
	*ret = TAKE(query, QUERY_NONE);
	return 0;
}

void query_free(struct query *r)
{
	free(r->group);
	free(r->nonce);
	*r = QUERY_NONE;
}

/* Takes over the reference to the document. */
static char *line_of(json_t *doc)
{
	_cleanup_json_ json_t *taken = doc;

	return taken ? json_line(taken) : NULL;
}

char *query_status(void)
{
	return line_of(json_pack("{s:s}", "do", kind_names[QUERY_STATUS]));
}

char *query_events(void)
{
	return line_of(json_pack("{s:s}", "do", kind_names[QUERY_EVENTS]));
}

char *query_enter(const char *group, const struct nodeset *nodes)
{
	return line_of(json_pack("{s:s, s:s, s:o}", "do", kind_names[QUERY_ENTER], "group", group, "nodes",
				 json_nodes(nodes)));
}

char *query_confirm(const char *nonce)
{
	return line_of(json_pack("{s:s, s:s}", "do", kind_names[QUERY_CONFIRM], "nonce", nonce));
}

char *query_leaving(const struct nodeset *nodes)
{
	return line_of(json_pack("{s:s, s:o}", "do", kind_names[QUERY_LEAVING], "nodes", json_nodes(nodes)));
}

char *query_reload(void)
{
	return line_of(json_pack("{s:s}", "do", kind_names[QUERY_RELOAD]));
}

char *reply_error(const char *message, bool busy)
{
	_cleanup_json_ json_t *doc = json_pack("{s:b, s:o}", "ok", 0, "error", json_foreign(message));

	if (doc && busy)
		json_object_set_new(doc, "busy", json_true());
	return doc ? json_line(doc) : NULL;
}

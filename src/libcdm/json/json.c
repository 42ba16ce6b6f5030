/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* JSON documents by jansson, with the places of their values for messages. */

#include "json.h"

#include "basic/fd.h"
#include "basic/printable.h"
#include "basic/strutil.h"

#include <errno.h>
#include <sys/stat.h>

#define PLACE_SEPARATOR '\x1f'
#define PLACE_KEY '\x1e'

/* Finding a place: every text below was accepted by jansson, so its grammar needs no second check. */

static const char *skip_space(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

static const char *skip_string(const char *p)
{
	for (p++; *p != '"'; p++)
		p += *p == '\\';
	return p + 1;
}

static const char *skip_value(const char *p)
{
	size_t depth = 0;

	do {
		if (*p == '"') {
			p = skip_string(p);
		} else if (*p == '{' || *p == '[') {
			depth++;
			p++;
		} else if (*p == '}' || *p == ']') {
			depth--;
			p++;
		} else if (*p == ',' || *p == ':') {
			p++;
		} else {
			p += strcspn(p, ",:{}[] \t\r\n");
		}
		if (depth)
			p = skip_space(p);
	} while (depth);
	return p;
}

/* Keys may contain escapes: jansson decodes them. */
static bool key_is(const char *quoted, const char *key, size_t len)
{
	size_t size = (size_t)(skip_string(quoted) - quoted);
	_cleanup_json_ json_t *s = json_loadb(quoted, size, JSON_DECODE_ANY, NULL);

	return s && json_string_length(s) == len && memcmp(json_string_value(s), key, len) == 0;
}

/* Finds the member or element of the value at p that a component of a place names; NULL: none. */
static const char *find_child(const char *p, const char *name, size_t len, const char **ret_key)
{
	bool object = *p == '{';
	size_t index = 0;

	if (!object && *p != '[')
		return NULL;
	for (p = skip_space(p + 1); *p != '}' && *p != ']'; p = skip_space(p + (*p == ','))) {
		const char *key = p;

		if (object)
			p = skip_space(skip_space(skip_string(p)) + 1);
		if (object ? key_is(key, name, len) : name[0] == '[' && strtoul(name + 1, NULL, 10) == index) {
			*ret_key = key;
			return p;
		}
		p = skip_space(skip_value(p));
		index++;
	}
	return NULL;
}

static const char *find_place(const char *text, const char *place)
{
	const char *p = skip_space(text);

	while (*place) {
		size_t len = strcspn(place, (char[]){ PLACE_SEPARATOR, PLACE_KEY, '\0' });
		const char *key = NULL, *child = find_child(p, place, len, &key);

		if (!child)
			break;
		place += len;
		if (*place == PLACE_KEY)
			return key;
		p = child;
		place += *place == PLACE_SEPARATOR;
	}
	return p;
}

static int fail_at_offset(const char *name, const char *text, const char *where, struct error *err, int code,
			  const char *message)
{
	unsigned line = 1, column = 1;

	for (const char *p = text; p < where; p++) {
		if (*p == '\n') {
			line++;
			column = 1;
		} else if ((*p & 0xc0) != 0x80) { /* UTF-8: columns are characters */
			column++;
		}
	}
	return fail(err, code, "%s:%u:%u: %s", name, line, column, message);
}

int json_fail_at(const struct json_doc *doc, const char *place, struct error *err, int code, const char *fmt, ...)
{
	_cleanup_free_ char *message = FORMATTED(fmt);

	return fail_at_offset(doc->name, doc->text, find_place(doc->text, place), err, code,
			      message ? message : "out of memory");
}

/* Documents that come in -------------------------------------------------------------------------------------- */

static int parse(struct json_doc *doc, size_t len, struct error *err)
{
	const char *nul = memchr(doc->text, '\0', len);
	json_error_t e;

	if (nul)
		return fail_at_offset(doc->name, doc->text, nul, err, -EINVAL, "a NUL character: this is no text");
	doc->root = json_loadb(doc->text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
	if (!doc->root && json_error_code(&e) == json_error_out_of_memory)
		return fail(err, -ENOMEM, "%s: out of memory", doc->name);
	if (!doc->root) {
		/* jansson's position is behind the offending character. */
		size_t at = e.position > 0 && (size_t)e.position <= len ? (size_t)e.position - 1 : 0;

		return fail_at_offset(doc->name, doc->text, doc->text + at, err, -EINVAL, e.text);
	}
	if (!json_is_object(doc->root))
		return json_fail_at(doc, "", err, -EINVAL, "the document must be an object: { ... }");
	return 0;
}

int json_doc_parse(const char *name, const char *text, size_t len, struct json_doc *ret, struct error *err)
{
	_cleanup_json_doc_ struct json_doc doc = JSON_DOC_NONE;
	int r;

	doc.name = strdup(name);
	doc.text = malloc(len + 1);
	if (!doc.name || !doc.text)
		return fail(err, -ENOMEM, "%s: out of memory", name);
	memcpy(doc.text, text, len);
	doc.text[len] = '\0';
	r = parse(&doc, len, err);
	if (r < 0)
		return r;
	*ret = TAKE(doc, JSON_DOC_NONE);
	return 0;
}

int json_doc_read(int fd, const char *name, size_t max, struct json_doc *ret, struct error *err)
{
	_cleanup_free_ char *buf = NULL;
	struct stat st;
	size_t len;
	int r;

	if (fstat(fd, &st) < 0)
		return fail(err, -errno, "%s: %m", name);
	if (!S_ISREG(st.st_mode))
		return fail(err, S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL, "%s: not a regular file", name);
	r = fd_read(fd, max, &buf, &len);
	if (r == -EFBIG)
		return fail(err, r, "%s: larger than %s, the limit for such a document", name, SIZE_STR(max));
	if (r < 0)
		return fail(err, r, "%s: reading: %m", name);
	return json_doc_parse(name, buf, len, ret, err);
}

int json_doc_load(int dirfd, const char *path, const char *name, size_t max, struct json_doc *ret, struct error *err)
{
	_cleanup_close_ int fd = openat(dirfd, path, JSON_DOC_OPEN);

	if (fd < 0)
		return fail(err, -errno, "%s: %m", name);
	return json_doc_read(fd, name, max, ret, err);
}

void json_doc_free(struct json_doc *doc)
{
	free(doc->name);
	free(doc->text);
	json_decref(doc->root);
	*doc = JSON_DOC_NONE;
}

/* Documents that go out --------------------------------------------------------------------------------------- */

json_t *json_nodes(const struct nodeset *s)
{
	return json_string(NODESET_STR(s));
}

json_t *json_foreign(const char *text)
{
	json_t *string = json_string(text);
	_cleanup_free_ char *escaped = string ? NULL : escape_text(text);

	return string || !escaped ? string : json_string(escaped);
}

/* Pure ASCII, so that foreign text in it cannot control a terminal. */
static char *dump(const json_t *doc, size_t flags)
{
	_cleanup_free_ char *body = json_dumps(doc, flags | JSON_ENSURE_ASCII);
	char *text = NULL;

	if (!body || asprintf(&text, "%s\n", body) < 0)
		return NULL;
	return text;
}

char *json_line(const json_t *doc)
{
	return dump(doc, JSON_COMPACT);
}

char *json_text(const json_t *doc)
{
	return dump(doc, JSON_INDENT(2));
}

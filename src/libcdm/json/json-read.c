/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Readers for documents: what is expected where, with file, line and column in the message. */

#include "json.h"

#include "basic/strutil.h"

#include <errno.h>
#include <limits.h>

static void write_place(FILE *f, const struct json_at *at)
{
	if (!at->up)
		return;
	write_place(f, at->up);
	if (at->up->up)
		fputc('\x1f', f);
	if (at->key)
		fputs(at->key, f);
	else
		fprintf(f, "[%zu]", at->index);
}

static int fail_there(const struct json_at *at, bool at_key, struct error *err, const char *message)
{
	_cleanup_free_ char *place = NULL;
	size_t size = 0;
	_cleanup_fclose_ FILE *f = open_memstream(&place, &size);

	if (f) {
		write_place(f, at);
		if (at_key)
			fputc('\x1e', f);
		fclose(TAKE_PTR(f));
	}
	return json_fail_at(at->doc, place ? place : "", err, -EINVAL, "%s", message ? message : "out of memory");
}

int json_at_fail(const struct json_at *at, struct error *err, const char *fmt, ...)
{
	_cleanup_free_ char *message = FORMATTED(fmt);

	return fail_there(at, false, err, message);
}

int json_at_fail_key(const struct json_at *at, struct error *err, const char *fmt, ...)
{
	_cleanup_free_ char *message = FORMATTED(fmt);

	return fail_there(at, true, err, message);
}

int json_at_unknown(const struct json_at *at, bool at_key, const char *what, const char *word, const char *const *known,
		    size_t n, struct error *err)
{
	_cleanup_free_ char *message = unknown_word(what, word, known, n);

	return fail_there(at, at_key, err, message);
}

static const char *type_name(json_type type)
{
	switch (type) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "a whole number";
	case JSON_REAL:
		return "a number with a fraction";
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	case JSON_NULL:
		break;
	}
	return "null";
}

/*
 * The name of a value for messages. The document itself needs none: json_doc_parse() has checked that it is an object.
 */
static const char *key_of(const struct json_at *at)
{
	return at->key ? at->key : at->up->key;
}

int json_expect(const struct json_at *at, json_type type, const char *like, struct error *err)
{
	json_type found = json_typeof(at->value);

	if (found == type)
		return 0;
	return json_at_fail(at, err, "%s\"%s\" must be %s%s, not %s", at->key ? "" : "an element of ", key_of(at),
			    type_name(type), like, type_name(found));
}

int json_get_string(const struct json_at *at, const char *like, const char **ret, struct error *err)
{
	const char *s;
	int r = json_expect(at, JSON_STRING, like, err);

	if (r < 0)
		return r;
	s = json_string_value(at->value);
	if (!*s)
		return json_at_fail(at, err, "%s\"%s\" is an empty string", at->key ? "" : "an element of ", key_of(at));
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return json_at_fail(at, err, "\"%s\" has a control character: \"%s\"", key_of(at), s);
	*ret = s;
	return 0;
}

int json_get_int(const struct json_at *at, int *ret, struct error *err)
{
	json_int_t n;
	int r = json_expect(at, JSON_INTEGER, "", err);

	if (r < 0)
		return r;
	n = json_integer_value(at->value);
	if (n < 0 || n > INT_MAX)
		return json_at_fail(at, err, "\"%s\" is out of range: %lld is not in 0 to %d", key_of(at), (long long)n,
				    INT_MAX);
	*ret = (int)n;
	return 0;
}

int json_get_word(const struct json_at *at, const char *const *words, size_t n, struct error *err)
{
	const char *word;
	int r = json_get_string(at, "", &word, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (streq(words[i], word))
			return (int)i;
	return json_at_unknown(at, false, key_of(at), word, words, n, err);
}

int json_read_version(const struct json_at *at, void *into _unused_, struct error *err)
{
	int version, r = json_get_int(at, &version, err);

	if (r < 0)
		return r;
	if (version != 1)
		return json_at_fail(at, err, "version %d is not known here: this program reads version 1", version);
	return 0;
}

int json_each(const struct json_at *at, json_read_fn read, void *into, struct error *err)
{
	struct json_at child = { .doc = at->doc, .up = at };
	int r;

	if (json_is_object(at->value)) {
		json_object_foreach(at->value, child.key, child.value) {
			r = read(&child, into, err);
			if (r < 0)
				return r;
		}
		return 0;
	}
	json_array_foreach(at->value, child.index, child.value) {
		r = read(&child, into, err);
		if (r < 0)
			return r;
	}
	return 0;
}

struct fields {
	const struct json_field *v;
	size_t n;
	void *into;
	bool commented;
};

static bool is_for_people(const struct json_at *at)
{
	return streq(at->key, "comment") || (streq(at->key, "$schema") && !at->up->up);
}

static int read_field(const struct json_at *at, void *into, struct error *err)
{
	const struct fields *fields = into;
	_cleanup_free_ const char **names = NULL;

	if (fields->commented && is_for_people(at))
		return 0;
	for (size_t i = 0; i < fields->n; i++)
		if (streq(fields->v[i].name, at->key))
			return fields->v[i].read(at, fields->into, err);
	names = calloc(fields->n, sizeof(*names));
	if (!names)
		return fail(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < fields->n; i++)
		names[i] = fields->v[i].name;
	return json_at_unknown(at, true, "key", at->key, names, fields->n, err);
}

static int get_fields(const struct json_at *at, struct fields fields, struct error *err)
{
	int r = json_expect(at, JSON_OBJECT, "", err);

	return r < 0 ? r : json_each(at, read_field, &fields, err);
}

int json_get_fields(const struct json_at *at, const struct json_field *fields, size_t n, void *into, struct error *err)
{
	return get_fields(at, (struct fields){ .v = fields, .n = n, .into = into }, err);
}

int json_get_fields_commented(const struct json_at *at, const struct json_field *fields, size_t n, void *into,
			      struct error *err)
{
	return get_fields(at, (struct fields){ .v = fields, .n = n, .into = into, .commented = true }, err);
}

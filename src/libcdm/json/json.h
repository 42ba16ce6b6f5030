/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * jansson's room: the only file that includes <jansson.h>. A document keeps its text, so that whoever finds a
 * value wrong can say where it stands.
 */

#include "basic/cleanup.h"
#include "basic/error.h"
#include "basic/nodeset.h"

#include <fcntl.h>
#include <jansson.h>

#define _cleanup_json_ _cleanup_(json_decrefp) /* jansson.h has it */

struct json_doc {
	char *name; /* the file, for messages */
	char *text;
	json_t *root;
};

#define JSON_DOC_NONE ((struct json_doc){ 0 })

/* A configuration is small; more is a mistake or an attack. */
#define JSON_DOC_MAX (1U << 20)

/*
 * Parses text (copied) as one JSON object: duplicate keys, trailing text and NUL characters are errors.
 * Messages read "NAME:LINE:COLUMN: why".
 */
int json_doc_parse(const char *name, const char *text, size_t len, struct json_doc *ret, struct error *err);

/*
 * The same from a file, relative to dirfd (AT_FDCWD); name is what messages call it. -ENOENT when there is none.
 * Only a regular file of at most max bytes is read (-EFBIG); JSON_DOC_MAX is more than people write.
 */
int json_doc_load(int dirfd, const char *path, const char *name, size_t max, struct json_doc *ret, struct error *err);

/* For those who open by themselves: the flags to open with, and the rest of json_doc_load(). */
#define JSON_DOC_OPEN (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
int json_doc_read(int fd, const char *name, size_t max, struct json_doc *ret, struct error *err);

void json_doc_free(struct json_doc *doc);
#define _cleanup_json_doc_ _cleanup_(json_doc_free)

/*
 * A place in a document: the keys (and, in arrays, the indices as "[2]") that lead there, separated by '\x1f';
 * "" is the whole. A place ending in '\x1e' means the key itself instead of its value.
 * A place that is not there is its nearest parent that is. Fails with "NAME:LINE:COLUMN: message". Returns code.
 */
int json_fail_at(const struct json_doc *doc, const char *place, struct error *err, int code, const char *fmt, ...)
	_printf_(5, 6);

/*
 * A value on its way through a reader; where it stands is the chain of those above it. The readers below fail with
 * -EINVAL at the value's place, and say what was expected and what was found.
 */
struct json_at {
	const struct json_doc *doc;
	const struct json_at *up; /* NULL: the whole document */
	const char *key;          /* in its object; NULL: an element of an array */
	size_t index;             /* in its array */
	json_t *value;
};

#define JSON_AT(document) ((struct json_at){ .doc = (document), .value = (document)->root })

int json_at_fail(const struct json_at *at, struct error *err, const char *fmt, ...) _printf_(3, 4);
int json_at_fail_key(const struct json_at *at, struct error *err, const char *fmt, ...) _printf_(3, 4);

/* "unknown WHAT WORD" with the nearest known one: see unknown_word(). */
int json_at_unknown(const struct json_at *at, bool at_key, const char *what, const char *word, const char *const *known,
		    size_t n, struct error *err);

/* A value of this type; `like` ends the sentence "must be a string" for people: " such as \"4-7\"", or "". */
int json_expect(const struct json_at *at, json_type type, const char *like, struct error *err);

/* A string, not empty and without control characters; it lives as long as the document. */
int json_get_string(const struct json_at *at, const char *like, const char **ret, struct error *err);
int json_get_int(const struct json_at *at, int *ret, struct error *err); /* 0 to INT_MAX */

/* The index of a string in a list of known ones, or a negative errno. */
int json_get_word(const struct json_at *at, const char *const *words, size_t n, struct error *err);

/* Calls read for each member of an object or element of an array, until one fails. */
typedef int (*json_read_fn)(const struct json_at *at, void *into, struct error *err);
int json_each(const struct json_at *at, json_read_fn read, void *into, struct error *err);

/* An object with these keys only: each one that is there is read by its function. */
struct json_field {
	const char *name;
	json_read_fn read;
};
int json_get_fields(const struct json_at *at, const struct json_field *fields, size_t n, void *into, struct error *err);

/*
 * The same for what people write: a "comment" is theirs, and so is the "$schema" that an editor looks for at the top.
 */
int json_get_fields_commented(const struct json_at *at, const struct json_field *fields, size_t n, void *into,
			      struct error *err);

/* The field "version" of our documents: 1. */
int json_read_version(const struct json_at *at, void *into, struct error *err);

/* Building documents that go out. json_nodes() is the kernel's list format as a string. */
json_t *json_nodes(const struct nodeset *s);

/* Text of foreign origin (names of files, cgroups, programs) as a JSON string: what is not UTF-8 is escaped. */
json_t *json_foreign(const char *text);

/* The document in one line, with a newline at its end; owned, NULL: out of memory. */
char *json_line(const json_t *doc);

/* The document as text, indented by two, with a newline at its end; owned, NULL: out of memory. */
char *json_text(const json_t *doc);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The only file that includes <jansson.h>. A document keeps its text, so that a message about a value can say where it
 * is.
 */

#include "basic/cleanup.h"
#include "basic/error.h"
#include "basic/nodeset.h"

#include <fcntl.h>
#include <jansson.h>

#define _cleanup_json_ _cleanup_(json_decrefp) /* defined in jansson.h */

struct json_doc {
	char *name; /* the file, for messages */
	char *text;
	json_t *root;
};

#define JSON_DOC_NONE ((struct json_doc){ 0 })

/* A configuration is small; a larger file is a mistake or an attack. */
#define JSON_DOC_MAX (1U << 20)

/*
 * Parses text (copied) as one JSON object: duplicate keys, trailing text and NUL characters are errors. Messages read
 * "NAME:LINE:COLUMN: why".
 */
_must_use_ int json_doc_parse(const char *name, const char *text, size_t len, struct json_doc *ret, struct error *err);

/*
 * The same from a file, relative to dirfd (AT_FDCWD); name is used in messages. -ENOENT if there is none. Reads only a
 * regular file of at most max bytes (-EFBIG); JSON_DOC_MAX is more than users write.
 */
_must_use_ int json_doc_load(int dirfd, const char *path, const char *name, size_t max, struct json_doc *ret,
			     struct error *err);

/* For callers that open the file themselves: the flags to open it with, and the rest of json_doc_load(). */
#define JSON_DOC_OPEN (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
_must_use_ int json_doc_read(int fd, const char *name, size_t max, struct json_doc *ret, struct error *err);

void json_doc_free(struct json_doc *doc);
#define _cleanup_json_doc_ _cleanup_(json_doc_free)

/*
 * A place in a document: the keys (and, in arrays, the indices as "[2]") that lead there, separated by '\x1f'; "" is
 * the whole document. A place that ends in '\x1e' means the key itself instead of its value. If the place does not
 * exist, its nearest existing parent is used. Fails with "NAME:LINE:COLUMN: message". Returns code.
 */
int json_fail_at(const struct json_doc *doc, const char *place, struct error *err, int code, const char *fmt, ...)
	_printf_(5, 6);

/*
 * A value in a document, with the chain of those above it, which is its place. The readers below fail with -EINVAL at
 * that place, and say what was expected and what was found.
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
_must_use_ int json_at_unknown(const struct json_at *at, bool at_key, const char *what, const char *word,
			       const char *const *known, size_t n, struct error *err);

/* Checks the type of a value; `like` ends the message "must be a string": " such as \"4-7\"", or "". */
_must_use_ int json_expect(const struct json_at *at, json_type type, const char *like, struct error *err);

/* A string, not empty and without control characters; it lives as long as the document. */
_must_use_ int json_get_string(const struct json_at *at, const char *like, const char **ret, struct error *err);
_must_use_ int json_get_int(const struct json_at *at, int *ret, struct error *err); /* 0 to INT_MAX */

/* The index of a string in a list of known ones, or a negative errno. */
_must_use_ int json_get_word(const struct json_at *at, const char *const *words, size_t n, struct error *err);

/* Calls read for each member of an object or element of an array, until one fails. */
typedef int (*json_read_fn)(const struct json_at *at, void *into, struct error *err);
_must_use_ int json_each(const struct json_at *at, json_read_fn read, void *into, struct error *err);

/* Reads an object that may have these keys only: calls the function of each key that is present. */
struct json_field {
	const char *name;
	json_read_fn read;
};
_must_use_ int json_get_fields(const struct json_at *at, const struct json_field *fields, size_t n, void *into,
			       struct error *err);

/*
 * The same for documents that users write: the keys "comment" and, at the top, "$schema", which editors use, are
 * ignored.
 */
_must_use_ int json_get_fields_commented(const struct json_at *at, const struct json_field *fields, size_t n,
					 void *into, struct error *err);

/* The field "version" of our documents: 1. */
_must_use_ int json_read_version(const struct json_at *at, void *into, struct error *err);

/* For documents to write. json_nodes() is a string in the kernel's list format. */
json_t *json_nodes(const struct nodeset *s);

/* Text from outside (names of files, cgroups, programs) as a JSON string: bytes that are not UTF-8 are escaped. */
json_t *json_foreign(const char *text);

/* The document in one line, with a newline at the end; owned; NULL: out of memory. */
char *json_line(const json_t *doc);

/* The document as text, indented by two, with a newline at the end; owned; NULL: out of memory. */
char *json_text(const json_t *doc);

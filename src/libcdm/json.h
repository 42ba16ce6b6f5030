/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * jansson's room: the only file that includes <jansson.h>. A document keeps its text, so that whoever finds a
 * value wrong can say where it stands.
 */

#include "basic/cleanup.h"
#include "basic/error.h"
#include "basic/nodeset.h"

#include <jansson.h>

DEFINE_CLEANUP(json_t *, json_decref)
#define _cleanup_json_ _cleanup_(json_decrefp)

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

/* The same from a file, relative to dirfd (AT_FDCWD); name is what messages call it. -ENOENT when there is none. */
int json_doc_load(int dirfd, const char *path, const char *name, struct json_doc *ret, struct error *err);

void json_doc_free(struct json_doc *doc);
#define _cleanup_json_doc_ _cleanup_(json_doc_free)

/*
 * A place in a document: the keys (and, in arrays, the indices as "[2]") that lead there, separated by '\x1f';
 * "" is the whole. A place ending in '\x1e' means the key itself instead of its value.
 * Fails with "NAME:LINE:COLUMN: message". Returns code.
 */
int json_fail_at(const struct json_doc *doc, const char *place, struct error *err, int code, const char *fmt, ...)
	_printf_(5, 6);

/* Building documents that go out. json_nodes() is the kernel's list format as a string. */
json_t *json_nodes(const struct nodeset *s);

/* The document as text, indented by two, with a newline at its end; owned, NULL: out of memory. */
char *json_text(const json_t *doc);

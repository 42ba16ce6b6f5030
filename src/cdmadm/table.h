/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The only user of libsmartcols: prints the documents of --json as tables. */

#include "libcdm/json/json.h"

struct column {
	const char *key; /* of the value in each row, which is an object */
	const char *title;
	bool right;
	char *(*format)(const json_t *value); /* an owned string; NULL: cell_text() */
};

/* Prints the rows, an array of objects; prints nothing if there are none. Returns 0 or a negative errno. */
_must_use_ int table_print(const json_t *rows, const struct column *columns, size_t n, struct error *err);

/* Formats: strings and numbers unchanged, lists comma-separated, yes and no. NULL: an empty cell. */
char *cell_text(const json_t *value);
char *cell_size(const json_t *value); /* bytes, with a unit */

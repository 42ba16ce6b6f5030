/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* libsmartcols' room: the same documents as --json prints, for people. */

#include "libcdm/json/json.h"

struct column {
	const char *key; /* in each row, which is an object */
	const char *title;
	bool right;
	char *(*format)(const json_t *value); /* an owned string; NULL: cell_text() */
};

/* Prints the rows, an array of objects; nothing at all when there is none. Returns 0 or a negative errno. */
int table_print(const json_t *rows, const struct column *columns, size_t n, struct error *err);

/* Formats: strings and numbers as they stand, lists comma-separated, yes and no. NULL value: an empty cell. */
char *cell_text(const json_t *value);
char *cell_size(const json_t *value); /* bytes for people */

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A list that is printed while it is made, since it can be of any length: other people make the mappings that it names.
 * With --json it is an array inside one document; otherwise it is a table, or several, each of LISTING_ROWS rows.
 */

#include "table.h"

#include <stdbool.h>

#define LISTING_ROWS 500

struct listing {
	bool json;
	const struct column *columns;
	size_t n_columns;
	json_t *rows;   /* of the table that is not printed yet; owned */
	size_t printed; /* rows, with --json */
};
#define LISTING_NONE ((struct listing){ 0 })

/* Begins the document: `head` has its first keys (taken; NULL: out of memory), `key` is that of the array. */
_must_use_ int listing_begin(struct listing *l, json_t *head, const char *key, struct error *err);

/* Adds a row (taken; NULL: out of memory). */
_must_use_ int listing_add(struct listing *l, json_t *row, struct error *err);

/* Prints what is left; `tail` has the document's last keys (taken; NULL: out of memory). */
_must_use_ int listing_end(struct listing *l, json_t *tail, struct error *err);

/* After a failure: prints what is left, and ends the document with the key `error`, which says why it is not all. */
void listing_cut(struct listing *l, const struct error *err);

void listing_done(struct listing *l);
#define _cleanup_listing_ _cleanup_(listing_done)

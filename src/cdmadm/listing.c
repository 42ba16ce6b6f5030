/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Lists that are printed while they are made, in bounded memory. */

#include "listing.h"

#include "basic/output.h"

#include <errno.h>
#include <string.h>

/* The text of a document in one line, without the newline; owned; NULL: out of memory. */
static char *one_line(json_t *doc)
{
	_cleanup_json_ json_t *owned = doc;
	char *text = owned ? json_line(owned) : NULL;

	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

int listing_begin(struct listing *l, json_t *head, const char *key, struct error *err)
{
	const bool has_keys = json_object_size(head) > 0;
	_cleanup_free_ char *text = one_line(head);

	l->rows = json_array();
	if (!text || !l->rows)
		return fail(err, -ENOMEM, "%m");
	text[strlen(text) - 1] = '\0'; /* the closing brace */
	if (l->json)
		printf("%s%s\"%s\":[", text, has_keys ? "," : "", key);
	return 0;
}

static int print_rows(struct listing *l, struct error *err)
{
	int r = table_print(l->rows, l->columns, l->n_columns, err);

	json_array_clear(l->rows);
	return r;
}

int listing_add(struct listing *l, json_t *row, struct error *err)
{
	if (!l->json) {
		if (json_array_append_new(l->rows, row) < 0)
			return fail(err, -ENOMEM, "%m");
		return json_array_size(l->rows) < LISTING_ROWS ? 0 : print_rows(l, err);
	}
	_cleanup_free_ char *text = one_line(row);

	if (!text)
		return fail(err, -ENOMEM, "%m");
	printf("%s\n%s", l->printed++ ? "," : "", text);
	return 0;
}

int listing_end(struct listing *l, json_t *tail, struct error *err)
{
	const bool has_keys = json_object_size(tail) > 0;
	_cleanup_free_ char *text = one_line(tail);

	if (!text)
		return fail(err, -ENOMEM, "%m");
	if (!l->json)
		return print_rows(l, err);
	printf("\n]%s%s\n", has_keys ? "," : "", text + 1);
	return output_flush(err);
}

void listing_cut(struct listing *l, const struct error *err)
{
	(void)listing_end(l, json_pack("{s:o}", "error", json_foreign(error_text(err))), NULL);
}

void listing_done(struct listing *l)
{
	json_decref(l->rows);
	*l = LISTING_NONE;
}

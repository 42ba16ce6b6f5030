/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Tables on the terminal: the only user of libsmartcols. */

#include "table.h"

#include "basic/output.h"
#include "basic/strutil.h"

#include <errno.h>
#include <libsmartcols.h>

DEFINE_CLEANUP(struct libscols_table *, scols_unref_table)

static char *list_text(const json_t *list)
{
	char *text = NULL;
	size_t size, i;
	json_t *item;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	json_array_foreach(list, i, item) {
		_cleanup_free_ char *one = cell_text(item);

		fprintf(f, "%s%s", i ? "," : "", one ? one : "");
	}
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

char *cell_text(const json_t *value)
{
	char *text = NULL;

	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		return printable(json_string_value(value));
	case JSON_INTEGER:
		return asprintf(&text, "%" JSON_INTEGER_FORMAT, json_integer_value(value)) < 0 ? NULL : text;
	case JSON_TRUE:
		return strdup("yes");
	case JSON_FALSE:
		return strdup("no");
	case JSON_ARRAY:
		return list_text(value);
	default:
		return strdup(value ? "-" : ""); /* null stands for an unknown value */
	}
}

char *cell_size(const json_t *value)
{
	return json_is_integer(value) ? strdup(SIZE_STR((uint64_t)json_integer_value(value))) : cell_text(value);
}

static int add_row(struct libscols_table *table, const json_t *row, const struct column *columns, size_t n)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const json_t *value = json_object_get(row, columns[i].key);
		char *text = columns[i].format ? columns[i].format(value) : cell_text(value);

		if (!text)
			return -ENOMEM;
		if (scols_line_refer_data(line, i, text) < 0) {
			free(text);
			return -ENOMEM;
		}
	}
	return 0;
}

static int fill(struct libscols_table *table, const json_t *rows, const struct column *columns, size_t n)
{
	size_t i;
	json_t *row;

	/* printable() has made the cells safe, and leaves the backslashes in systemd's names alone. */
	if (scols_table_enable_noencoding(table, 1) < 0)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		if (!scols_table_new_column(table, columns[i].title, 0, columns[i].right ? SCOLS_FL_RIGHT : 0))
			return -ENOMEM;
	json_array_foreach(rows, i, row) {
		int r = add_row(table, row, columns, n);

		if (r < 0)
			return r;
	}
	return 0;
}

int table_print(const json_t *rows, const struct column *columns, size_t n, struct error *err)
{
	_cleanup_(scols_unref_tablep) struct libscols_table *table = NULL;
	int r;

	if (!rows)
		return fail(err, -ENOMEM, "%m");
	if (json_array_size(rows) == 0)
		return 0;
	scols_init_debug(0);
	table = scols_new_table();
	r = table ? fill(table, rows, columns, n) : -ENOMEM;
	if (r < 0)
		return fail(err, r, "%m");
	r = scols_print_table(table);
	if (r < 0 && !ferror(stdout))
		return fail(err, r, "printing a table: %m");
	return output_flush(err);
}

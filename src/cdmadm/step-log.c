/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Steps as they are carried out, printed as a table row or a JSON object each. */

#include "step-log.h"

#include "basic/output.h"
#include "libcdm/output/plan-json.h"

#include <errno.h>

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text ? text : "";
}

/* The rows are not known beforehand, so the columns cannot be computed: these widths fit usual values. */
static void print_row(const json_t *row)
{
	const char *message = text_of(row, "message"), *value = text_of(row, "value");
	_cleanup_free_ char *target = printable(text_of(row, "target")), *shown = printable(message);

	printf("%-11s %-32s %-14s %s%s%s\n", text_of(row, "do"), target ? target : "",
	       *value ? value : text_of(row, "nodes"), text_of(row, "result"), *message ? ": " : "", shown ? shown : "");
	/* A step can take long, and a user may be watching. A write error is reported at the end. */
	(void)fflush(stdout);
}

static void add(struct step_log *log, json_t *row, enum step_result result, const char *message)
{
	json_object_set_new(row, "result", json_string(step_result_name(result)));
	if (message)
		json_object_set_new(row, "message", json_foreign(message));
	log->failed += result == STEP_FAILED || result == STEP_SKIPPED;
	if (!log->quiet)
		print_row(row);
	json_array_append_new(log->steps, row);
}

void step_log_step(void *arg, const struct step *step, enum step_result result, const char *message)
{
	add(arg, step_to_json(step), result, message);
}

void step_log_add(struct step_log *log, const char *what, const char *target, enum step_result result, const char *message)
{
	add(log, json_pack("{s:s, s:o, s:s}", "do", what, "target", json_foreign(target), "nodes", ""), result, message);
}

json_t *lines_to_json(const struct strv *lines)
{
	json_t *list = json_array();

	for (size_t i = 0; i < lines->n; i++)
		json_array_append_new(list, json_foreign(lines->s[i]));
	return list;
}

void print_lines(const char *what, const struct strv *lines)
{
	for (size_t i = 0; i < lines->n; i++) {
		_cleanup_free_ char *line = printable(lines->s[i]);

		printf("%s: %s\n", what, line ? line : "");
	}
}

int step_log_finish(struct step_log *log, const struct strv *problems, const struct strv *notes, const char *nothing,
		    struct error *err)
{
	size_t n = json_array_size(log->steps);

	if (log->quiet) {
		_cleanup_json_ json_t *doc = json_pack("{s:O, s:o, s:o}", "steps", log->steps, "problems",
						       lines_to_json(problems), "notes", lines_to_json(notes));
		int r = print_json(doc, err);

		if (r < 0)
			return r;
	} else {
		if (n == 0)
			puts(nothing);
		print_lines("problem", problems);
		print_lines("note", notes);
	}
	if (log->failed)
		return fail(err, -EIO, "%u of %zu steps failed or were not tried", log->failed, n);
	return EXIT_CLEAN;
}

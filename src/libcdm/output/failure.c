/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A failure as the programs print it: one line, or one JSON object. */

#include "failure.h"

#include "libcdm/json/json.h"

void failure_print(const char *program, const char *verb, const struct error *err, bool json)
{
	_cleanup_json_ json_t *doc = json ? json_pack("{s:o}", "error", json_foreign(error_text(err))) : NULL;
	_cleanup_free_ char *line = NULL;

	if (doc && verb)
		json_object_set_new(doc, "verb", json_string(verb));
	line = doc ? json_line(doc) : NULL;
	if (line)
		fputs(line, stderr);
	else
		fprintf(stderr, "%s: %s%s%s\n", program, verb ? verb : "", verb ? ": " : "", error_text(err));
}

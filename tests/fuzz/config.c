/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzzes the configuration: an accepted document, printed, is accepted again and printed the same. */

#include "libcdm/config/config.h"
#include "libcdm/json/json.h"

#include <string.h>

static char *shown(const struct config *c)
{
	_cleanup_json_ json_t *doc = config_to_json(c);
	char *text = doc ? json_text(doc) : NULL;

	if (!text)
		abort();
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_config_ struct config *c = NULL, *back = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_free_ char *first = NULL, *second = NULL;

	if (config_parse("fuzz", (const char *)data, size, &c, &err) < 0) {
		if (c || !err.msg || strncmp(err.msg, "fuzz:", 5) != 0)
			abort();
		return 0;
	}
	first = shown(c);
	if (config_parse("shown", first, strlen(first), &back, &err) < 0) {
		fprintf(stderr, "%s%s\n", first, error_text(&err));
		abort();
	}
	second = shown(back);
	if (strcmp(first, second) != 0)
		abort();
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzzes allow rules: an accepted rule, written, is accepted again and written the same. */

#include "libcdm/rules/rules.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_rules_ struct rules rules = RULES_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_free_ char *text = strndup((const char *)data, size), *written = NULL, *again = NULL;

	if (!text)
		abort();
	if (rules_add(&rules, "fuzz", text, &err) < 0) {
		if (rules.n || !err.msg || strncmp(err.msg, "fuzz '", 6) != 0)
			abort();
		return 0;
	}
	written = rule_text(&rules.v[0]);
	if (!written || rules_add(&rules, "written", written, &err) < 0)
		abort();
	again = rule_text(&rules.v[1]);
	if (!again || strcmp(written, again) != 0)
		abort();
	return 0;
}

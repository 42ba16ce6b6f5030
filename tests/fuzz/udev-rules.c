/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzzes udev rules: guards are the only change to the text, and no rule is guarded twice. */

#include "libcdm/setup/udev-rules.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size), *guarded = NULL, *again = NULL;
	const char *original, *copy;

	if (!text)
		abort();
	if (udev_rules_guard(text, &guarded) == 0)
		return 0;
	for (original = text, copy = guarded; *copy; original++, copy++) {
		size_t guard = strlen(UDEV_GUARD);

		if (strncmp(copy, UDEV_GUARD, guard) == 0 && strncmp(original, UDEV_GUARD, guard) != 0)
			copy += guard;
		if (*copy != *original)
			abort();
	}
	if (*original || udev_rules_guard(guarded, &again) != 0)
		abort();
	return 0;
}

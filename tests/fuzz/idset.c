/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzzes sets of ids: an accepted set survives a round trip and contains the ends of its ranges. */

#include "basic/idset.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_has(const struct idset *s)
{
	for (size_t i = 0; i < s->n; i++) {
		uint64_t first = s->v[i].first, last = s->v[i].last;

		if (!idset_has(s, first) || !idset_has(s, last))
			abort();
		if (first > 0 && idset_has(s, first - 1) != (i > 0 && s->v[i - 1].last == first - 1))
			abort();
	}
}

/* Adds the ids one by one: the result is written in the shortest form, so it must be the same when read back. */
static void check_grown(const struct idset *s, const uint8_t *data, size_t size)
{
	_cleanup_idset_ struct idset grown = IDSET_NONE, back = IDSET_NONE;
	_cleanup_free_ char *written = NULL;

	for (size_t i = 0; i < s->n; i++)
		if (idset_add(&grown, s->v[i].first) < 0 || idset_add(&grown, s->v[i].last) < 0)
			abort();
	for (size_t i = 0; i < size; i++)
		if (idset_add(&grown, data[i]) < 0 || !idset_has(&grown, data[i]))
			abort();
	written = idset_format(&grown);
	if (!written || idset_parse(written, &back) < 0 || !idset_equal(&grown, &back))
		abort();
	check_has(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_idset_ struct idset s = IDSET_NONE, back = IDSET_NONE;
	_cleanup_free_ char *text = strndup((const char *)data, size), *written = NULL;

	if (!text)
		abort();
	if (idset_parse(text, &s) < 0)
		return 0;
	check_has(&s);
	written = idset_format(&s);
	if (!written || idset_parse(written, &back) < 0 || !idset_equal(&s, &back))
		abort();
	check_grown(&s, data, size);
	return 0;
}

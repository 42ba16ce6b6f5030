/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The rules that the tests of tests/unit/inject*.c are about. */

#include "libcdm/rules/rules.h"

#include <stdlib.h>

static const char *const anon[] = { "anon,min=1M", NULL };
static const char *const anon_heap[] = { "!anon,min=1G", "anon,min=1M", "heap", NULL };

static struct rules rules_of(const char *const *texts)
{
	struct rules rules = RULES_NONE;

	for (; *texts; texts++)
		if (rules_add(&rules, "test", *texts, NULL) < 0)
			abort();
	return rules;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */

/* libFuzzer target: whatever the variable holds, parsing is safe, and what it accepts survives a round trip. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "preload/handover.h"
#include "preload/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(const struct handover *h)
{
	struct handover back;
	char *text = NULL;

	memset(&back, 0, sizeof(back));
	if (handover_format(h, &text) < 0 || handover_parse(text, &back) < 0)
		abort();
	if (back.mode != h->mode || !nodeset_equal(&back.nodes, &h->nodes) || back.n_rules != h->n_rules)
		abort();
	for (unsigned i = 0; i < h->n_rules; i++)
		if (back.rules[i].kind != h->rules[i].kind || back.rules[i].allow != h->rules[i].allow ||
		    back.rules[i].min != h->rules[i].min || back.rules[i].max != h->rules[i].max)
			abort();
	free(text);
}

/* The smallest allowed size is allowed, and the one below it is not. */
static void check_rules(const struct handover *h, enum handover_kind kind)
{
	uint64_t smallest = rules_smallest(h, kind);

	if (smallest == UINT64_MAX)
		return;
	if (!rules_allow(h, kind, smallest) || (smallest > 0 && rules_allow(h, kind, smallest - 1)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct handover h;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (handover_parse(text, &h) == 0) {
		round_trip(&h);
		check_rules(&h, HANDOVER_MALLOC);
		check_rules(&h, HANDOVER_ANON);
	}
	free(text);
	return 0;
}

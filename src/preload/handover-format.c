/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "handover.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "basic/cleanup.h"

static bool is_valid(const struct handover *h)
{
	if (h->mode >= HANDOVER_MODES || h->n_rules > HANDOVER_RULES || nodeset_empty(&h->nodes))
		return false;
	for (unsigned i = 0; i < h->n_rules; i++)
		if (h->rules[i].kind >= HANDOVER_KINDS || h->rules[i].min > h->rules[i].max)
			return false;
	return true;
}

int handover_format(const struct handover *h, char **ret)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *f;
	bool failed;

	if (!is_valid(h))
		return -EINVAL;
	f = open_memstream(&text, &size);
	if (!f)
		return -errno;
	fprintf(f, "1;mode=%s;nodes=%s", handover_modes[h->mode], NODESET_STR(&h->nodes));
	for (unsigned i = 0; i < h->n_rules; i++) {
		const struct handover_rule *r = &h->rules[i];

		fprintf(f, ";%c%s,%" PRIu64 ",%" PRIu64, r->allow ? '+' : '-', handover_kinds[r->kind], r->min, r->max);
	}
	failed = ferror(f);
	if (fclose(f) != 0 || failed)
		return -ENOMEM;
	*ret = TAKE_PTR(text);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "handover.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "basic/cleanup.h"

static bool is_valid_rule(const struct handover *h, const struct handover_rule *r)
{
	if (r->kind >= HANDOVER_KINDS || r->min > r->max || (r->allow && r->target >= h->n_targets))
		return false;
	for (int key = 0; key < HANDOVER_KEYS; key++)
		if (r->globs[key] && !*r->globs[key])
			return false;
	return true;
}

static bool is_valid(const struct handover *h)
{
	if (h->n_targets == 0 || h->n_targets > HANDOVER_TARGETS || h->n_rules > HANDOVER_RULES)
		return false;
	for (unsigned i = 0; i < h->n_targets; i++)
		if (h->targets[i].mode >= HANDOVER_MODES || nodeset_empty(&h->targets[i].nodes))
			return false;
	for (unsigned i = 0; i < h->n_rules; i++)
		if (!is_valid_rule(h, &h->rules[i]))
			return false;
	return true;
}

static void write_glob(FILE *f, const char *key, const char *glob)
{
	fprintf(f, ",%s=", key);
	for (; *glob; glob++)
		if (*glob == '%' || *glob == ',' || *glob == ';')
			fprintf(f, "%%%02X", (unsigned char)*glob);
		else
			fputc(*glob, f);
}

static void write_rule(FILE *f, const struct handover_rule *r)
{
	fprintf(f, ";%c%s,%" PRIu64 ",%" PRIu64, r->allow ? '+' : '-', handover_kinds[r->kind], r->min, r->max);
	if (r->allow)
		fprintf(f, ",%u", r->target);
	for (int key = 0; key < HANDOVER_KEYS; key++)
		if (r->globs[key])
			write_glob(f, handover_keys[key], r->globs[key]);
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
	fputc('2', f);
	for (unsigned i = 0; i < h->n_targets; i++)
		fprintf(f, ";%s:%s", handover_modes[h->targets[i].mode], NODESET_STR(&h->targets[i].nodes));
	for (unsigned i = 0; i < h->n_rules; i++)
		write_rule(f, &h->rules[i]);
	failed = ferror(f);
	if (fclose(f) != 0 || failed)
		return -ENOMEM;
	*ret = TAKE_PTR(text);
	return 0;
}

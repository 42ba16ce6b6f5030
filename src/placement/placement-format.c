/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes the hand-over as text; the program that starts another one does this. */

#include "placement-parse.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "basic/cleanup.h"

static bool is_valid_rule(const struct placement *h, const struct placement_rule *r)
{
	if (r->kind >= PLACEMENT_HEAP || r->min > r->max || (r->allow ? r->target >= h->n_targets : r->exec))
		return false;
	for (int key = 0; key < PLACEMENT_GLOBS; key++)
		if (r->globs[key] && !*r->globs[key])
			return false;
	return true;
}

static bool is_valid(const struct placement *h)
{
	if (h->counts && !*h->counts)
		return false;
	if (h->n_targets == 0 || h->n_targets > PLACEMENT_TARGETS || h->n_rules > PLACEMENT_RULES)
		return false;
	for (unsigned i = 0; i < h->n_targets; i++)
		if (h->targets[i].policy >= POLICIES || h->targets[i].thp >= PLACEMENT_THPS ||
		    (h->targets[i].has_home && h->targets[i].home >= NODESET_MAX) || nodeset_empty(&h->targets[i].nodes))
			return false;
	for (unsigned i = 0; i < h->n_rules; i++)
		if (!is_valid_rule(h, &h->rules[i]))
			return false;
	return true;
}

static void write_text(FILE *f, const char *key, const char *text)
{
	fprintf(f, ",%s=", key);
	for (; *text; text++)
		if (*text == '%' || *text == ',' || *text == ';')
			fprintf(f, "%%%02X", (unsigned char)*text);
		else
			fputc(*text, f);
}

static void write_target(FILE *f, const struct placement_target *t)
{
	fprintf(f, ";%s", policy_words[t->policy]);
	if (t->thp)
		fprintf(f, ",thp=%s", placement_thps[t->thp]);
	if (t->has_home)
		fprintf(f, ",home=%u", t->home);
	fprintf(f, ":%s", NODESET_STR(&t->nodes));
}

static void write_rule(FILE *f, const struct placement_rule *r)
{
	fprintf(f, ";%c%s,%" PRIu64 ",%" PRIu64, r->allow ? '+' : '-', placement_kinds[r->kind], r->min, r->max);
	if (r->allow)
		fprintf(f, ",%u", r->target);
	for (int key = 0; key < PLACEMENT_GLOBS; key++)
		if (r->globs[key])
			write_text(f, placement_keys[key], r->globs[key]);
	if (r->exec)
		write_text(f, placement_keys[PLACEMENT_EXEC], "yes");
}

int placement_format(const struct placement *h, char **ret)
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
	fputc('3', f);
	if (h->counts)
		write_text(f, "counts", h->counts);
	fprintf(f, "%s%s", h->dont_fork ? ",fork=dontfork" : "", h->no_inherit ? ",inherit=no" : "");
	for (unsigned i = 0; i < h->n_targets; i++)
		write_target(f, &h->targets[i]);
	for (unsigned i = 0; i < h->n_rules; i++)
		write_rule(f, &h->rules[i]);
	failed = ferror(f);
	if (fclose(f) != 0 || failed)
		return -ENOMEM;
	*ret = TAKE_PTR(text);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "handover.h"

#include <errno.h>
#include <string.h>

const char *const handover_modes[HANDOVER_MODES] = { "prefer", "bind", "interleave", "weighted" };
const char *const handover_kinds[HANDOVER_KINDS] = { "malloc", "anon", "file", "shm", "data" };
const char *const handover_keys[HANDOVER_KEYS] = { "caller", "path", "name", "object", "symbol" };

/* Moves *p behind the character if it stands there. */
static bool skip(char **p, char c)
{
	if (**p != c)
		return false;
	++*p;
	return true;
}

/* One of the words, which must end where the field does (at one of the characters of `ends`, or the text's end). */
static int parse_word(char **p, const char *const *words, unsigned n, const char *ends)
{
	size_t len = strcspn(*p, ends);

	for (unsigned i = 0; i < n; i++)
		if (strlen(words[i]) == len && memcmp(*p, words[i], len) == 0) {
			*p += len;
			return (int)i;
		}
	return -EINVAL;
}

static int parse_number(char **p, uint64_t *ret)
{
	uint64_t n = 0;

	if (**p < '0' || **p > '9')
		return -EINVAL;
	for (; **p >= '0' && **p <= '9'; (*p)++)
		if (__builtin_mul_overflow(n, (uint64_t)10, &n) || __builtin_add_overflow(n, (uint64_t)(**p - '0'), &n))
			return -EINVAL;
	*ret = n;
	return 0;
}

static int parse_nodes(char **p, struct nodeset *ret)
{
	size_t len = strspn(*p, "0123456789,-");
	char list[NODESET_STRLEN];

	if (len == 0 || len >= sizeof(list))
		return -EINVAL;
	memcpy(list, *p, len);
	list[len] = '\0';
	*p += len;
	return nodeset_parse(list, ret) < 0 || nodeset_empty(ret) ? -EINVAL : 0;
}

static int parse_target(char **p, struct handover_target *ret)
{
	int mode = parse_word(p, handover_modes, HANDOVER_MODES, ":;");

	if (mode < 0 || !skip(p, ':'))
		return -EINVAL;
	ret->mode = (enum handover_mode)mode;
	return parse_nodes(p, &ret->nodes);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/*
 * The glob at *p, decoded in place. It gets its end where the next field begins, so what stood there is returned by
 * *ret_next, and *p is behind it.
 */
static int parse_glob(char **p, const char **ret, char *ret_next)
{
	char *to = *p, *from = *p, *start = *p;

	while (*from && *from != ',' && *from != ';') {
		if (*from == '%') {
			int high = hex_digit(from[1]), low = high < 0 ? -1 : hex_digit(from[2]);

			if (low < 0 || (high | low) == 0)
				return -EINVAL;
			*to++ = (char)(high << 4 | low);
			from += 3;
		} else {
			*to++ = *from++;
		}
	}
	if (to == start)
		return -EINVAL;
	*ret_next = *from;
	*p = from + (*from != '\0');
	*to = '\0';
	*ret = start;
	return 0;
}

/* [,KEY=GLOB]... to the end of the rule; *ret_end: what ended it, ';' or nothing. */
static int parse_globs(char **p, struct handover_rule *rule, char *ret_end)
{
	char next = **p;
	int r;

	*p += next != '\0';
	while (next == ',') {
		int key = parse_word(p, handover_keys, HANDOVER_KEYS, "=,;");

		if (key < 0 || !skip(p, '=') || rule->globs[key])
			return -EINVAL;
		r = parse_glob(p, &rule->globs[key], &next);
		if (r < 0)
			return r;
	}
	*ret_end = next;
	return next == ';' || next == '\0' ? 0 : -EINVAL;
}

static int parse_rule(char **p, struct handover *h, char *ret_end)
{
	struct handover_rule *rule = &h->rules[h->n_rules++];
	uint64_t target = 0;
	int kind;

	*rule = (struct handover_rule){ .allow = **p == '+' };
	if (!skip(p, '+') && !skip(p, '-'))
		return -EINVAL;
	kind = parse_word(p, handover_kinds, HANDOVER_KINDS, ",;");
	if (kind < 0)
		return kind;
	rule->kind = (enum handover_kind)kind;
	if (!skip(p, ',') || parse_number(p, &rule->min) < 0 || !skip(p, ',') || parse_number(p, &rule->max) < 0 ||
	    rule->min > rule->max)
		return -EINVAL;
	if (rule->allow && (!skip(p, ',') || parse_number(p, &target) < 0 || target >= h->n_targets))
		return -EINVAL;
	rule->target = (unsigned)target;
	return parse_globs(p, rule, ret_end);
}

static int parse_targets(char **p, struct handover *h, char *ret_end)
{
	do {
		int r;

		if (h->n_targets == HANDOVER_TARGETS)
			return -E2BIG;
		r = parse_target(p, &h->targets[h->n_targets++]);
		if (r < 0)
			return r;
		*ret_end = **p;
		if (*ret_end && !skip(p, ';'))
			return -EINVAL;
	} while (*ret_end && **p != '+' && **p != '-');
	return 0;
}

int handover_parse(char *text, struct handover *ret)
{
	struct handover h = { .n_rules = 0 };
	char *p = text, end;
	int r;

	if (!skip(&p, '2') || !skip(&p, ';'))
		return -EINVAL;
	r = parse_targets(&p, &h, &end);
	while (r == 0 && end == ';') {
		if (h.n_rules == HANDOVER_RULES)
			return -E2BIG;
		r = parse_rule(&p, &h, &end);
	}
	if (r < 0)
		return r;
	*ret = h;
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Parses the hand-over inside the started program, without allocating. */

#include "placement-parse.h"

#include <errno.h>
#include <string.h>

#include "basic/cleanup.h"

/* Moves *p past the character if it is there. */
static bool skip(char **p, char c)
{
	if (**p != c)
		return false;
	++*p;
	return true;
}

/* Parses one of the words; it must end where the field does (at one of the characters of `ends`, or the text's end). */
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

static int parse_advice(char **p, struct placement_target *ret)
{
	static const char *const keys[] = { "thp", "home" };
	uint64_t node;
	int key = parse_word(p, keys, ELEMENTSOF(keys), "=,:;"), thp;

	if (key < 0 || !skip(p, '='))
		return -EINVAL;
	if (key == 1) {
		if (ret->has_home || parse_number(p, &node) < 0 || node >= NODESET_MAX)
			return -EINVAL;
		ret->has_home = true;
		ret->home = (unsigned)node;
		return 0;
	}
	thp = parse_word(p, placement_thps, PLACEMENT_THPS, ",:;");
	if (thp <= 0 || ret->thp)
		return -EINVAL;
	ret->thp = (enum placement_thp)thp;
	return 0;
}

static int parse_target(char **p, struct placement_target *ret)
{
	int policy = parse_word(p, policy_words, POLICIES, ",:;"), r = 0;

	if (policy < 0)
		return -EINVAL;
	ret->policy = (enum cdm_policy)policy;
	while (r == 0 && skip(p, ','))
		r = parse_advice(p, ret);
	return r == 0 && skip(p, ':') ? parse_nodes(p, &ret->nodes) : -EINVAL;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/*
 * Decodes the text at *p in place. Its terminating null byte overwrites the start of the next field, so *ret_next
 * returns the character that was there, and *p moves past it.
 */
static int parse_text(char **p, const char **ret, char *ret_next)
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

/*
 * [,KEY=TEXT]... to the end of the part. *ret_end: the character that ended it, ';' or NUL. Each key may occur once;
 * values are indexed by key.
 */
static int parse_texts(char **p, const char *const *keys, unsigned n, const char **values, char *ret_end)
{
	char next = **p;
	int r;

	*p += next != '\0';
	while (next == ',') {
		int key = parse_word(p, keys, n, "=,;");

		if (key < 0 || !skip(p, '=') || values[key])
			return -EINVAL;
		r = parse_text(p, &values[key], &next);
		if (r < 0)
			return r;
	}
	*ret_end = next;
	return next == ';' || next == '\0' ? 0 : -EINVAL;
}

/* Parses the keys of a rule: globs, and exec=yes. */
static int parse_keys(char **p, struct placement_rule *rule, char *ret_end)
{
	const char *values[PLACEMENT_KEYS] = { NULL }, *exec;
	int r = parse_texts(p, placement_keys, PLACEMENT_KEYS, values, ret_end);

	if (r < 0)
		return r;
	exec = values[PLACEMENT_EXEC];
	if (exec && (!rule->allow || strcmp(exec, "yes") != 0))
		return -EINVAL;
	memcpy(rule->globs, values, sizeof(rule->globs));
	rule->exec = exec != NULL;
	return 0;
}

static int parse_rule(char **p, struct placement *h, char *ret_end)
{
	struct placement_rule *rule = &h->rules[h->n_rules++];
	uint64_t target = 0;
	int kind;

	*rule = (struct placement_rule){ .allow = **p == '+' };
	if (!skip(p, '+') && !skip(p, '-'))
		return -EINVAL;
	kind = parse_word(p, placement_kinds, PLACEMENT_HEAP, ",;");
	if (kind < 0)
		return kind;
	rule->kind = (enum placement_kind)kind;
	if (!skip(p, ',') || parse_number(p, &rule->min) < 0 || !skip(p, ',') || parse_number(p, &rule->max) < 0 ||
	    rule->min > rule->max)
		return -EINVAL;
	if (rule->allow && (!skip(p, ',') || parse_number(p, &target) < 0 || target >= h->n_targets))
		return -EINVAL;
	rule->target = (unsigned)target;
	return parse_keys(p, rule, ret_end);
}

static int parse_targets(char **p, struct placement *h, char *ret_end)
{
	do {
		int r;

		if (h->n_targets == PLACEMENT_TARGETS)
			return -E2BIG;
		h->targets[h->n_targets].index = h->n_targets;
		r = parse_target(p, &h->targets[h->n_targets++]);
		if (r < 0)
			return r;
		*ret_end = **p;
		if (*ret_end && !skip(p, ';'))
			return -EINVAL;
	} while (*ret_end && **p != '+' && **p != '-');
	return 0;
}

/* 3[,KEY=TEXT]...; */
static int parse_head(char **p, struct placement *h)
{
	enum {
		COUNTS,
		FORK,
		INHERIT,
		OPTIONS
	};
	static const char *const options[OPTIONS] = { "counts", "fork", "inherit" };
	const char *values[OPTIONS] = { NULL };
	char end;

	if (!skip(p, '3') || parse_texts(p, options, OPTIONS, values, &end) < 0 || end != ';')
		return -EINVAL;
	if ((values[FORK] && strcmp(values[FORK], "dontfork") != 0) ||
	    (values[INHERIT] && strcmp(values[INHERIT], "no") != 0))
		return -EINVAL;
	h->counts = values[COUNTS];
	h->dont_fork = values[FORK] != NULL;
	h->no_inherit = values[INHERIT] != NULL;
	return 0;
}

int placement_parse(char *text, struct placement *ret)
{
	struct placement h = { .n_rules = 0 };
	char *p = text, end = '\0';
	int r = parse_head(&p, &h);

	if (r == 0)
		r = parse_targets(&p, &h, &end);
	while (r == 0 && end == ';') {
		if (h.n_rules == PLACEMENT_RULES)
			return -E2BIG;
		r = parse_rule(&p, &h, &end);
	}
	if (r < 0)
		return r;
	*ret = h;
	return 0;
}

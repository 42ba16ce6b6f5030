/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "handover.h"

#include <errno.h>
#include <string.h>

const char *const handover_modes[HANDOVER_MODES] = { "prefer", "bind", "interleave", "weighted" };
const char *const handover_kinds[HANDOVER_KINDS] = { "malloc", "anon" };

/* Moves *p behind the text if it stands there. */
static bool skip(const char **p, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(*p, text, n) != 0)
		return false;
	*p += n;
	return true;
}

/* One of the words, which must end where the field does (at one of the characters of `ends`, or the text's end). */
static int parse_word(const char **p, const char *const *words, unsigned n, const char *ends)
{
	size_t len = strcspn(*p, ends);

	for (unsigned i = 0; i < n; i++)
		if (strlen(words[i]) == len && memcmp(*p, words[i], len) == 0) {
			*p += len;
			return (int)i;
		}
	return -EINVAL;
}

static int parse_bytes(const char **p, uint64_t *ret)
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

static int parse_nodes(const char **p, struct nodeset *ret)
{
	size_t len = strspn(*p, "0123456789,-");
	char list[NODESET_STRLEN];

	if (len == 0 || len >= sizeof(list))
		return -EINVAL;
	memcpy(list, *p, len);
	list[len] = '\0';
	*p += len;
	return nodeset_parse(list, ret) < 0 ? -EINVAL : 0;
}

static int parse_rule(const char **p, struct handover_rule *ret)
{
	struct handover_rule rule;
	int kind;

	if (**p != '+' && **p != '-')
		return -EINVAL;
	rule.allow = *(*p)++ == '+';
	kind = parse_word(p, handover_kinds, HANDOVER_KINDS, ",;");
	if (kind < 0)
		return kind;
	rule.kind = (enum handover_kind)kind;
	if (!skip(p, ",") || parse_bytes(p, &rule.min) < 0 || !skip(p, ",") || parse_bytes(p, &rule.max) < 0)
		return -EINVAL;
	if (rule.min > rule.max)
		return -EINVAL;
	*ret = rule;
	return 0;
}

int handover_parse(const char *text, struct handover *ret)
{
	struct handover h = { .n_rules = 0 };
	const char *p = text;
	int r;

	if (!skip(&p, "1;mode="))
		return -EINVAL;
	r = parse_word(&p, handover_modes, HANDOVER_MODES, ";");
	if (r < 0)
		return r;
	h.mode = (enum handover_mode)r;
	if (!skip(&p, ";nodes="))
		return -EINVAL;
	r = parse_nodes(&p, &h.nodes);
	if (r < 0)
		return r;
	while (*p) {
		if (!skip(&p, ";"))
			return -EINVAL;
		if (h.n_rules == HANDOVER_RULES)
			return -E2BIG;
		r = parse_rule(&p, &h.rules[h.n_rules++]);
		if (r < 0)
			return r;
	}
	*ret = h;
	return 0;
}

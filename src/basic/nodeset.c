/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sets of NUMA nodes in the kernel's list format (lib/bitmap-str.c, bitmap_parselist()). */

#include "nodeset.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WORDS (NODESET_MAX / NODESET_WORD_BITS)

static bool in_range(int node)
{
	return node >= 0 && node < NODESET_MAX;
}

static unsigned long bit(int node)
{
	return 1UL << ((unsigned)node % NODESET_WORD_BITS);
}

bool nodeset_has(const struct nodeset *s, int node)
{
	return in_range(node) && (s->bits[(unsigned)node / NODESET_WORD_BITS] & bit(node));
}

void nodeset_add(struct nodeset *s, int node)
{
	if (in_range(node))
		s->bits[(unsigned)node / NODESET_WORD_BITS] |= bit(node);
}

void nodeset_del(struct nodeset *s, int node)
{
	if (in_range(node))
		s->bits[(unsigned)node / NODESET_WORD_BITS] &= ~bit(node);
}

bool nodeset_empty(const struct nodeset *s)
{
	for (size_t i = 0; i < WORDS; i++)
		if (s->bits[i])
			return false;
	return true;
}

int nodeset_count(const struct nodeset *s)
{
	int n = 0;

	for (size_t i = 0; i < WORDS; i++)
		n += __builtin_popcountl(s->bits[i]);
	return n;
}

bool nodeset_equal(const struct nodeset *a, const struct nodeset *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool nodeset_subset(const struct nodeset *a, const struct nodeset *b)
{
	for (size_t i = 0; i < WORDS; i++)
		if (a->bits[i] & ~b->bits[i])
			return false;
	return true;
}

bool nodeset_intersects(const struct nodeset *a, const struct nodeset *b)
{
	for (size_t i = 0; i < WORDS; i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

struct nodeset nodeset_or(const struct nodeset *a, const struct nodeset *b)
{
	struct nodeset r;

	for (size_t i = 0; i < WORDS; i++)
		r.bits[i] = a->bits[i] | b->bits[i];
	return r;
}

struct nodeset nodeset_and(const struct nodeset *a, const struct nodeset *b)
{
	struct nodeset r;

	for (size_t i = 0; i < WORDS; i++)
		r.bits[i] = a->bits[i] & b->bits[i];
	return r;
}

struct nodeset nodeset_minus(const struct nodeset *a, const struct nodeset *b)
{
	struct nodeset r;

	for (size_t i = 0; i < WORDS; i++)
		r.bits[i] = a->bits[i] & ~b->bits[i];
	return r;
}

struct nodeset nodeset_of(int node)
{
	struct nodeset r = NODESET_EMPTY;

	nodeset_add(&r, node);
	return r;
}

int nodeset_next(const struct nodeset *s, int from)
{
	for (int n = from < 0 ? 0 : from; n < NODESET_MAX; n++) {
		unsigned long rest = s->bits[(unsigned)n / NODESET_WORD_BITS] >> ((unsigned)n % NODESET_WORD_BITS);

		if (rest)
			return n + __builtin_ctzl(rest);
		n |= (int)NODESET_WORD_BITS - 1;
	}
	return -1;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int parse_number(const char **p, int *ret)
{
	int n = 0;

	if (**p < '0' || **p > '9')
		return -EINVAL;
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		n = n * 10 + (**p - '0');
		if (n >= NODESET_MAX)
			return -ERANGE;
	}
	*ret = n;
	return 0;
}

int nodeset_parse(const char *text, struct nodeset *ret)
{
	struct nodeset s = NODESET_EMPTY;
	const char *p = text;

	while (is_space(*p))
		p++;
	while (*p && !is_space(*p)) {
		int first, last, r = parse_number(&p, &first);

		if (r < 0)
			return r;
		last = first;
		if (*p == '-') {
			p++;
			r = parse_number(&p, &last);
			if (r < 0)
				return r;
			if (last < first)
				return -EINVAL;
		}
		for (int n = first; n <= last; n++)
			nodeset_add(&s, n);
		if (*p == ',') {
			p++;
			if (!*p || is_space(*p))
				return -EINVAL;
		} else if (*p && !is_space(*p)) {
			return -EINVAL;
		}
	}
	while (is_space(*p))
		p++;
	if (*p)
		return -EINVAL;
	*ret = s;
	return 0;
}

char *nodeset_format(const struct nodeset *s, char *buf, size_t size)
{
	size_t used = 0;

	if (size == 0)
		return buf;
	buf[0] = '\0';
	for (int first = nodeset_next(s, 0); first >= 0;) {
		int last = first, n;

		while (nodeset_has(s, last + 1))
			last++;
		n = last > first ? snprintf(buf + used, size - used, "%s%d-%d", used ? "," : "", first, last) :
				   snprintf(buf + used, size - used, "%s%d", used ? "," : "", first);
		if (n < 0 || (size_t)n >= size - used) {
			buf[used] = '\0'; /* cannot happen with NODESET_STRLEN bytes */
			break;
		}
		used += (size_t)n;
		first = nodeset_next(s, last + 1);
	}
	return buf;
}

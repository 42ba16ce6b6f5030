/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Parsers of a part of a text: prefixes, numbers, words, lines. */

#include "span.h"

#include <string.h>

bool span_is_empty(struct span s)
{
	return s.p == s.end;
}

bool span_has_prefix(struct span s, const char *prefix)
{
	const size_t len = strlen(prefix);

	return (size_t)(s.end - s.p) >= len && memcmp(s.p, prefix, len) == 0;
}

bool span_is(struct span s, const char *text)
{
	return (size_t)(s.end - s.p) == strlen(text) && span_has_prefix(s, text);
}

bool span_eat(struct span *s, const char *prefix)
{
	if (!span_has_prefix(*s, prefix))
		return false;
	s->p += strlen(prefix);
	return true;
}

static unsigned digit_value(char c)
{
	return c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

bool span_eat_number(struct span *s, unsigned base, uint64_t *ret)
{
	const char *first = s->p;
	uint64_t n = 0;

	for (; s->p < s->end && digit_value(*s->p) < base; s->p++)
		if (__builtin_mul_overflow(n, base, &n) || __builtin_add_overflow(n, digit_value(*s->p), &n))
			return false;
	if (s->p == first)
		return false;
	*ret = n;
	return true;
}

void span_eat_blanks(struct span *s)
{
	while (s->p < s->end && *s->p == ' ')
		s->p++;
}

struct span span_next_word(struct span *s)
{
	struct span word;

	span_eat_blanks(s);
	word.p = s->p;
	while (s->p < s->end && *s->p != ' ')
		s->p++;
	word.end = s->p;
	return word;
}

struct span span_next_line(struct span *s)
{
	const char *newline = memchr(s->p, '\n', (size_t)(s->end - s->p));
	struct span line = { s->p, newline ? newline : s->end };

	s->p = newline ? newline + 1 : s->end;
	return line;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A part of a text, which parsers consume from the front: prefixes, numbers, words, lines. Nothing is allocated, errno
 * is kept, and nothing outside the span is read, so these functions may be called in a signal handler and inside
 * malloc(3). They are inline, since the lengths of prefixes and the bases of numbers are mostly constants.
 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *p, *end;
};

static inline bool span_is_empty(struct span s)
{
	return s.p == s.end;
}

static inline bool span_has_prefix(struct span s, const char *prefix)
{
	const size_t len = strlen(prefix);

	return (size_t)(s.end - s.p) >= len && memcmp(s.p, prefix, len) == 0;
}

static inline bool span_is(struct span s, const char *text)
{
	return (size_t)(s.end - s.p) == strlen(text) && span_has_prefix(s, text);
}

/* Removes the prefix, or returns false. */
static inline bool span_eat(struct span *s, const char *prefix)
{
	if (!span_has_prefix(*s, prefix))
		return false;
	s->p += strlen(prefix);
	return true;
}

static inline bool span_eat_char(struct span *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* 16: it is no digit. */
static inline unsigned digit_value(char c)
{
	return c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

/* Removes a number without a sign (base 10 or 16, in small letters). False: there is none, or it is over 64 bits. */
static inline bool span_eat_number(struct span *s, unsigned base, uint64_t *ret)
{
	const char *p = s->p;
	uint64_t n = 0;

	for (unsigned digit; p < s->end && (digit = digit_value(*p)) < base; p++)
		if (__builtin_mul_overflow(n, (uint64_t)base, &n) || __builtin_add_overflow(n, digit, &n))
			return false;
	if (p == s->p)
		return false;
	s->p = p;
	*ret = n;
	return true;
}

static inline void span_eat_blanks(struct span *s)
{
	while (s->p < s->end && *s->p == ' ')
		s->p++;
}

/* Removes and returns the text up to the next blank, after leading blanks. Empty at the end. */
static inline struct span span_next_word(struct span *s)
{
	struct span word;

	span_eat_blanks(s);
	word.p = s->p;
	while (s->p < s->end && *s->p != ' ')
		s->p++;
	word.end = s->p;
	return word;
}

/* Removes the next line with its newline, and returns it without. */
static inline struct span span_next_line(struct span *s)
{
	const char *newline = (const char *)memchr(s->p, '\n', (size_t)(s->end - s->p));
	struct span line = { s->p, newline ? newline : s->end };

	s->p = newline ? newline + 1 : s->end;
	return line;
}

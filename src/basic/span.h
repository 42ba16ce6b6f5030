/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A part of a text, which parsers consume from the front. Nothing is allocated, errno is kept, and nothing outside the
 * span is read, so these functions may be called in a signal handler and inside malloc(3).
 */

#include <stdbool.h>
#include <stdint.h>

struct span {
	const char *p, *end;
};

bool span_is_empty(struct span s);
bool span_is(struct span s, const char *text);
bool span_has_prefix(struct span s, const char *prefix);

/* Removes the prefix, or returns false. */
bool span_eat(struct span *s, const char *prefix);

/* Removes a number without a sign (base 10 or 16, in small letters). False: there is none, or it is over 64 bits. */
bool span_eat_number(struct span *s, unsigned base, uint64_t *ret);

void span_eat_blanks(struct span *s);

/* Removes and returns the text up to the next blank, after leading blanks. Empty at the end. */
struct span span_next_word(struct span *s);

/* Removes the next line with its newline, and returns it without. */
struct span span_next_line(struct span *s);

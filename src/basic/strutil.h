/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cleanup.h"
#include "glob.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline bool streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* Returns the index of the word among the n, or -EINVAL. */
static inline int word_index(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (streq(word, words[i]))
			return (int)i;
	return -EINVAL;
}

/* Returns what follows prefix in s, or NULL. */
const char *after_prefix(const char *s, const char *prefix);
bool has_suffix(const char *s, const char *suffix);

/* Returns what printf would write. Owned, or NULL: out of memory. */
char *vformat(const char *fmt, va_list ap) _printf_(1, 0);

/* The same with the arguments of the enclosing function, which end in "fmt, ...". */
#define FORMATTED(fmt)                     \
	({                                 \
		char *text_;               \
		va_list ap_;               \
		va_start(ap_, fmt);        \
		text_ = vformat(fmt, ap_); \
		va_end(ap_);               \
		text_;                     \
	})

/* Parses a number with nothing before or after it: -EINVAL, -ERANGE; *ret is then untouched. */
_must_use_ int parse_u64(const char *text, uint64_t *ret);
_must_use_ int parse_hex(const char *text, uint64_t *ret);
_must_use_ int parse_int(const char *text, int *ret); /* decimal, 0 to INT_MAX */

/* Parses "A", "A-B" or the open "A-", which ends at UINT64_MAX. -EINVAL, also if it ends before it starts; -ERANGE. */
_must_use_ int parse_range(const char *text, uint64_t *ret_first, uint64_t *ret_last);

/*
 * Parses a size: a decimal number and K, M, G, T or P, which are powers of 1024 in either case, optionally followed by
 * iB, B or i: "64K", "1.5M", "2MiB", "64KB". A number alone, or with B, is bytes. -EINVAL, -ERANGE.
 */
_must_use_ int parse_size(const char *text, uint64_t *ret);

/* Formats bytes for people: "512M", "1.5G"; the largest unit, with at most one decimal. buf has 16 bytes or more. */
char *format_size(uint64_t bytes, char *buf, size_t size);
#define SIZE_STR(bytes) format_size((bytes), (char[16]){ 0 }, 16)

/* Returns the candidate nearest to the word (a typo away), or NULL if none is near. */
const char *nearest_word(const char *word, const char *const *candidates, size_t n);

/*
 * Makes the end of a message: `unknown WHAT "word", did you mean "near"?`, or a list of all known words. Owned, or
 * NULL.
 */
char *unknown_word(const char *what, const char *word, const char *const *known, size_t n);

/* Compares in the order of a walk through a tree: a directory before its content; siblings by name. */
int path_compare(const char *a, const char *b);

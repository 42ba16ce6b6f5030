/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Text: prefixes and suffixes, numbers and sizes, the word nearest to a misspelt one, escapes for people. */

#include "strutil.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>

const char *after_prefix(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

bool has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && streq(s + n - m, suffix);
}

char *vformat(const char *fmt, va_list ap)
{
	char *text;

	return vasprintf(&text, fmt, ap) < 0 ? NULL : text;
}

static int parse_number(const char *text, int base, uint64_t *ret, const char **ret_end)
{
	unsigned long long n;
	char *end;

	/* strtoull() accepts white space, signs and 0x, and wraps negative numbers; here these are errors. */
	if (!(base == 16 ? isxdigit((unsigned char)*text) : isdigit((unsigned char)*text)))
		return -EINVAL;
	if (base == 16 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return -EINVAL;
	errno = 0;
	n = strtoull(text, &end, base);
	if (errno == ERANGE)
		return -ERANGE;
	*ret = n;
	*ret_end = end;
	return 0;
}

static int parse_whole(const char *text, int base, uint64_t *ret)
{
	const char *end;
	uint64_t n;
	int r = parse_number(text, base, &n, &end);

	if (r < 0)
		return r;
	if (*end)
		return -EINVAL;
	*ret = n;
	return 0;
}

int parse_u64(const char *text, uint64_t *ret)
{
	return parse_whole(text, 10, ret);
}

int parse_hex(const char *text, uint64_t *ret)
{
	return parse_whole(text[0] == '0' && text[1] == 'x' ? text + 2 : text, 16, ret);
}

int parse_int(const char *text, int *ret)
{
	uint64_t n;
	int r = parse_u64(text, &n);

	if (r < 0)
		return r;
	if (n > INT_MAX)
		return -ERANGE;
	*ret = (int)n;
	return 0;
}

int parse_range(const char *text, uint64_t *ret_first, uint64_t *ret_last)
{
	const char *end;
	uint64_t first, last;
	int r = parse_number(text, 10, &first, &end);

	if (r < 0)
		return r;
	last = *end ? UINT64_MAX : first;
	if (*end && *end != '-')
		return -EINVAL;
	end += *end == '-';
	r = *end ? parse_u64(end, &last) : 0;
	if (r < 0)
		return r;
	if (last < first)
		return -EINVAL;
	*ret_first = first;
	*ret_last = last;
	return 0;
}

static const char units[] = "KMGTP";

/* Digits after the point: with more, a size in P does not fit in 128 bits. */
#define SIZE_DIGITS 15

/* Returns the power of two of a size's unit; *ret_end: after the unit. */
static unsigned unit_shift(const char *p, const char **ret_end)
{
	const char *unit = *p ? strchr(units, toupper((unsigned char)*p)) : NULL;

	if (unit) {
		p++;
		p += *p == 'i' || *p == 'I';
	}
	*ret_end = p + (*p == 'b' || *p == 'B');
	return unit ? 10 * (unsigned)(unit - units + 1) : 0;
}

/* Returns the bytes that the digits after a point stand for, rounded down. */
static uint64_t fraction_bytes(const char *digits, size_t n, unsigned shift)
{
	unsigned __int128 part = 0, whole = 1;

	for (size_t i = 0; i < n; i++) {
		part = part * 10 + (unsigned)(digits[i] - '0');
		whole *= 10;
	}
	return (uint64_t)((part << shift) / whole);
}

int parse_size(const char *text, uint64_t *ret)
{
	const char *end, *fraction = NULL;
	size_t digits = 0;
	uint64_t n;
	unsigned shift;
	int r = parse_number(text, 10, &n, &end);

	if (r < 0)
		return r;
	if (*end == '.') {
		fraction = end + 1;
		digits = strspn(fraction, "0123456789");
		end = fraction + digits;
	}
	shift = unit_shift(end, &end);
	if (*end || (fraction && (digits == 0 || digits > SIZE_DIGITS || shift == 0)))
		return -EINVAL;
	if (n > UINT64_MAX >> shift)
		return -ERANGE;
	*ret = (n << shift) + fraction_bytes(fraction, digits, shift);
	return 0;
}

char *format_size(uint64_t bytes, char *buf, size_t size)
{
	unsigned u = 0;
	uint64_t tenths = 0;

	while (bytes >= 1024 && u < sizeof(units) - 1) {
		tenths = (bytes % 1024) * 10 / 1024;
		bytes /= 1024;
		u++;
	}
	if (u == 0)
		snprintf(buf, size, "%u", (unsigned)bytes);
	else if (tenths == 0)
		snprintf(buf, size, "%u%c", (unsigned)bytes, units[u - 1]);
	else
		snprintf(buf, size, "%u.%u%c", (unsigned)bytes, (unsigned)tenths, units[u - 1]);
	return buf;
}

/* Levenshtein's distance, row by row; SIZE_MAX if memory ran out or a word is absurdly long. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	_cleanup_free_ size_t *row = NULL;

	if (n > 256 || m > 256)
		return SIZE_MAX;
	row = calloc(m + 1, sizeof(*row));
	if (!row)
		return SIZE_MAX;
	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[m];
}

const char *nearest_word(const char *word, const char *const *candidates, size_t n)
{
	const char *best = NULL;
	size_t best_distance = strlen(word) / 2 + 1;

	for (size_t i = 0; i < n; i++) {
		size_t d = edit_distance(word, candidates[i]);

		if (d < best_distance) {
			best_distance = d;
			best = candidates[i];
		}
	}
	return best;
}

char *unknown_word(const char *what, const char *word, const char *const *known, size_t n)
{
	const char *near = nearest_word(word, known, n);
	char *text = NULL;
	size_t size = 0;
	_cleanup_fclose_ FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fprintf(f, "unknown %s \"%s\"", what, word);
	if (near)
		fprintf(f, ", did you mean \"%s\"?", near);
	for (size_t i = 0; i < n && !near; i++)
		fprintf(f, "%s%s", i ? ", " : "; known: ", known[i]);
	if (fclose(TAKE_PTR(f)) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* A slash sorts before all bytes that a name can contain. */
static unsigned path_weight(char c)
{
	return c == '/' ? 1 : c ? (unsigned char)c + 1U : 0;
}

int path_compare(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (int)path_weight(*a) - (int)path_weight(*b);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Globs on words and on paths: '*' and '?' stay within a path component, '**' crosses them. */

#include "glob.h"

#include <string.h>

/* Matches the set at p, just after its '['. Returns what follows the set, or NULL if it has no end. */
static const char *match_set(const char *p, const char *end, unsigned char c, bool *ret)
{
	bool negated = p < end && (*p == '!' || *p == '^'), found = false;
	const char *first = p += negated;

	for (; p < end && (*p != ']' || p == first); p++) {
		unsigned char from = (unsigned char)*p, to = from;

		if (end - p > 2 && p[1] == '-' && p[2] != ']') {
			to = (unsigned char)p[2];
			p += 2;
		}
		found |= c >= from && c <= to;
	}
	if (p >= end)
		return NULL;
	*ret = found != negated;
	return p + 1;
}

/*
 * Matches one element of the pattern, other than '*', against one byte. Returns what follows the element, or NULL if it
 * does not match.
 */
static const char *match_one(const char *p, const char *end, unsigned char c)
{
	const char *rest;
	bool in_set;

	if (*p == '[') {
		rest = match_set(p + 1, end, c, &in_set);
		if (rest)
			return in_set ? rest : NULL;
	}
	return *p == '?' || (unsigned char)*p == c ? p + 1 : NULL;
}

/* Only the last '*' is ever retried: a byte that an earlier one could take as well, the last can take too. */
bool glob_matches_n(const char *pattern, size_t pattern_len, const char *text, size_t text_len)
{
	const char *p = pattern, *end = pattern + pattern_len, *t = text, *t_end = text + text_len;
	const char *star = NULL, *star_text = NULL;

	while (t < t_end) {
		const char *rest = p < end && *p != '*' ? match_one(p, end, (unsigned char)*t) : NULL;

		if (rest) {
			p = rest;
			t++;
		} else if (p < end && *p == '*') {
			star = ++p;
			star_text = t;
		} else if (star) {
			p = star;
			t = ++star_text;
		} else {
			return false;
		}
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

bool glob_matches(const char *pattern, const char *text)
{
	return glob_matches_n(pattern, strlen(pattern), text, strlen(text));
}

/* Where the slashes at p end, and where the component does. */
static const char *skip_slashes(const char *p, const char *end)
{
	while (p < end && *p == '/')
		p++;
	return p;
}

static const char *component_end(const char *p, const char *end)
{
	while (p < end && *p != '/')
		p++;
	return p;
}

/*
 * As with '*' in a component, only the last "**" is ever retried. So the time is at most the pattern's length times the
 * path's, for any input.
 */
static bool match_path(const char *pattern, const char *path, bool covers)
{
	const char *end = path + strlen(path), *star = NULL, *star_path = NULL;

	for (;;) {
		const char *next;
		size_t plen;

		pattern += strspn(pattern, "/");
		plen = strcspn(pattern, "/");
		path = skip_slashes(path, end);
		next = component_end(path, end);
		if (!plen && (covers || path == end))
			return true;
		if (plen == 2 && strncmp(pattern, "**", 2) == 0) {
			star = pattern += plen;
			star_path = path;
		} else if (plen && path < end && glob_matches_n(pattern, plen, path, (size_t)(next - path))) {
			pattern += plen;
			path = next;
		} else if (star && star_path < end) {
			pattern = star;
			path = star_path = component_end(skip_slashes(star_path, end), end);
		} else {
			return false;
		}
	}
}

bool path_glob(const char *pattern, const char *path)
{
	return match_path(pattern, path, false);
}

bool path_glob_covers(const char *pattern, const char *path)
{
	return match_path(pattern, path, true);
}

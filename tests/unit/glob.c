/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Globs: a table of cases, and a comparison with fnmatch(3). */

#include "basic/cleanup.h"
#include "basic/glob.h"
#include "check.h"

#include <fnmatch.h>

TEST(glob_matches_stars_question_marks_and_brackets)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "*", "", true },
		{ "*.so*", "libm.so.6", true },
		{ "lib*.so", "libm.so.6", false },
		{ "a*b*c", "a-b-b-c", true },
		{ "a*b*c", "a-b-c-", false },
		{ "?", "", false },
		{ "a?c", "abc", true },
		{ "[a-c]x", "bx", true },
		{ "[!a-c]x", "bx", false },
		{ "[]x]", "]", true },
		{ "[a-]", "-", true },
		{ "[a", "[a", true },
		{ "[", "[", true },
		{ "my\\x2dapp", "my\\x2dapp", true },
		{ "\\*", "\\anything", true },
		{ "\\*", "*", false },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		if (glob_matches(cases[i].pattern, cases[i].text) != cases[i].matches)
			CHECK_FAIL("\"%s\" on \"%s\"", cases[i].pattern, cases[i].text);
}

/* Compares with fnmatch(3), for every short pattern and text of a few letters. */
TEST(glob_matches_agrees_with_fnmatch)
{
	static const char letters[] = "ab*?[]!-";
	unsigned matched = 0;

	for (unsigned n = 0; n < 8 * 8 * 8 * 8 * 8; n++) {
		char pattern[6] = "";
		unsigned rest = n;

		for (int i = 0; i < 5; i++, rest /= 8)
			pattern[i] = letters[rest % 8];
		for (unsigned m = 0; m < 3 * 3 * 3 * 3; m++) {
			char text[5] = "";

			for (unsigned i = 0, r = m; i < 4; i++, r /= 3)
				text[i] = "ab\0"[r % 3];
			if (glob_matches(pattern, text) != (fnmatch(pattern, text, FNM_NOESCAPE) == 0))
				CHECK_FAIL("\"%s\" on \"%s\"", pattern, text);
			matched += glob_matches(pattern, text);
		}
	}
	CHECK(matched > 1000);
}

TEST(path_glob_matches_whole_components)
{
	static const struct {
		const char *pattern, *path;
		bool matches;
	} cases[] = {
		{ "a/*", "a/b", true },        { "a/*", "a/b/c", false },    { "a/*", "a", false },
		{ "a/**", "a", true },         { "a/**", "a/b/c", true },    { "a/**", "ab", false },
		{ "**/c", "a/b/c", true },     { "**/c", "c", true },        { "a/**/c", "a/c", true },
		{ "a/**/c", "a/b/b/c", true }, { "a/**/c", "a/b/b", false }, { "/a/b", "a/b", true },
		{ "a**", "a/b", false },       { "a[/]b", "a/b", false },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		if (path_glob(cases[i].pattern, cases[i].path) != cases[i].matches)
			CHECK_FAIL("\"%s\" on \"%s\"", cases[i].pattern, cases[i].path);
}

/* Implements the definition of path_glob() literally and slowly: components are single letters, 'S' stands for "**". */
static bool model(const char *pattern, const char *path)
{
	if (*pattern == 'S')
		return model(pattern + 1, path) || (*path && model(pattern, path + 1));
	if (!*pattern || !*path)
		return *pattern == *path;
	return (*pattern == '*' || *pattern == *path) && model(pattern + 1, path + 1);
}

static bool model_covers(const char *pattern, const char *path)
{
	for (size_t len = 0; len <= strlen(path); len++) {
		char above[8] = "";

		memcpy(above, path, len);
		if (model(pattern, above))
			return true;
	}
	return false;
}

/* Spells a word as a path pattern: its letters are components, and 'S' becomes two stars. */
static void spell(const char *letters, char *to)
{
	for (; *letters; letters++) {
		*to++ = *letters == 'S' ? '*' : *letters;
		if (*letters == 'S')
			*to++ = '*';
		if (letters[1])
			*to++ = '/';
	}
	*to = '\0';
}

/* Returns the word that this number encodes: its digits are letters, 0 is no letter. */
static void word_of(unsigned number, const char *letters, char *to)
{
	for (const unsigned base = (unsigned)strlen(letters) + 1; number; number /= base)
		if (number % base)
			*to++ = letters[number % base - 1];
	*to = '\0';
}

TEST(path_glob_agrees_with_its_definition)
{
	unsigned matched = 0, covered = 0;

	for (unsigned n = 0; n < 5 * 5 * 5 * 5 * 5; n++) {
		char word[8], pattern[32];

		word_of(n, "abS*", word);
		spell(word, pattern);
		for (unsigned m = 0; m < 3 * 3 * 3 * 3 * 3; m++) {
			char letters[8], path[32];

			word_of(m, "ab", letters);
			spell(letters, path);
			matched += path_glob(pattern, path);
			covered += path_glob_covers(pattern, path);
			if (path_glob(pattern, path) != model(word, letters) ||
			    path_glob_covers(pattern, path) != model_covers(word, letters))
				CHECK_FAIL("\"%s\" on \"%s\"", pattern, path);
		}
	}
	CHECK(matched > 1000 && covered > matched);
}

/*
 * Users may nest cgroups as deep as they like: if the time grew exponentially with the number of "**", this would not
 * end.
 */
TEST(a_deep_path_is_matched_in_bounded_time)
{
	enum {
		DEPTH = 2000
	};
	char path[2 * DEPTH + 1] = "";

	for (int i = 0; i < DEPTH; i++)
		memcpy(path + 2 * i, "a/", 3);
	path[2 * DEPTH - 1] = '\0';
	CHECK(!path_glob("**/a/**/a/**/a/**/a/**/a/**/b", path));
	CHECK(!path_glob_covers("**/a/**/a/**/a/**/a/**/a/**/b", path));
	CHECK(path_glob("**/a/**/a/**/a/**/a/**/a/**/a", path));
	CHECK(path_glob_covers("a/**/a/a", path));
}

CHECK_MAIN()

/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "basic/cleanup.h"
#include "basic/glob.h"
#include "check.h"

#include <fnmatch.h>

TEST(elements)
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

/* fnmatch(3) is the judge, over every short pattern and text of a few letters. */
TEST(as_fnmatch)
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

TEST(paths)
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

CHECK_MAIN()

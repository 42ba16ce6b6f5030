/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "libcdm/rules.h"
#include "check.h"

#include <errno.h>

TEST(reads_rules_and_writes_them_back)
{
	static const struct {
		const char *text, *written;
		struct rule rule;
	} cases[] = {
		{ "malloc", "malloc", { false, RULE_MALLOC, 0, UINT64_MAX } },
		{ "anon,min=1M", "anon,min=1M", { false, RULE_ANON, 1 << 20, UINT64_MAX } },
		{ "!malloc,max=4k", "!malloc,max=4K", { true, RULE_MALLOC, 0, 4096 } },
		{ "anon,max=2G,min=1025", "anon,min=1025,max=2G", { false, RULE_ANON, 1025, 2ULL << 30 } },
		{ "malloc,min=1536K,max=1536K", "malloc,min=1536K,max=1536K", { false, RULE_MALLOC, 1536 << 10, 1536 << 10 } },
		{ "malloc,min=0,max=0", "malloc,max=0", { false, RULE_MALLOC, 0, 0 } },
		{ "anon,min=3T", "anon,min=3T", { false, RULE_ANON, 3ULL << 40, UINT64_MAX } },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_rules_ struct rules rules = RULES_NONE;
		_cleanup_error_ struct error err = ERROR_NONE;
		_cleanup_free_ char *text = NULL;

		if (rules_add(&rules, "--allow", cases[i].text, &err) < 0)
			CHECK_FAIL("%s", error_text(&err));
		CHECK_INT(rules.n, ==, 1);
		CHECK_INT(rules.v[0].deny, ==, cases[i].rule.deny);
		CHECK_INT(rules.v[0].kind, ==, cases[i].rule.kind);
		CHECK_INT(rules.v[0].min, ==, cases[i].rule.min);
		CHECK_INT(rules.v[0].max, ==, cases[i].rule.max);
		text = rule_text(&rules.v[0]);
		CHECK_STR(text, cases[i].written);
	}
}

TEST(mistakes_name_their_column)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "malloc,mim=1M", "column 8: unknown key \"mim\", did you mean \"min\"?" },
		{ "malloc,zzzz=1", "column 8: unknown key \"zzzz\"; known: min, max" },
		{ "maloc", "column 1: unknown kind \"maloc\", did you mean \"malloc\"?" },
		{ "!mallocs", "column 2: unknown kind \"mallocs\", did you mean \"malloc\"?" },
		{ "stack", "column 1: unknown kind \"stack\"; known: malloc, anon" },
		{ "file", "column 1: rule kind \"file\" is not supported by this version; known: malloc, anon" },
		{ "!heap,min=1", "column 2: rule kind \"heap\" is not supported by this version; known: malloc, anon" },
		{ "malloc,caller=libm*", "column 8: rule key \"caller\" is not supported by this version; known: min, max" },
		{ "malloc,min=1,policy=bind",
		  "column 14: rule key \"policy\" is not supported by this version; known: min, max" },
		{ "", "column 1: a kind is missing: malloc or anon" },
		{ "!", "column 2: a kind is missing: malloc or anon" },
		{ ",min=1", "column 1: a kind is missing: malloc or anon" },
		{ "malloc,", "column 8: a key is missing: KEY=VALUE, such as min=1M" },
		{ "malloc,,min=1", "column 8: a key is missing: KEY=VALUE, such as min=1M" },
		{ "malloc,min=1,", "column 14: a key is missing: KEY=VALUE, such as min=1M" },
		{ "malloc,=1", "column 8: a key is missing: KEY=VALUE, such as min=1M" },
		{ "malloc,min", "column 11: \"min\" has no value: write min=1M" },
		{ "malloc,min=", "column 11: \"min\" has no value: write min=1M" },
		{ "malloc,max=,min=1", "column 11: \"max\" has no value: write max=1M" },
		{ "malloc,min=1,min=2", "column 14: \"min\" is given twice" },
		{ "malloc,min=2,max=1", "column 14: min is above max: nothing could match" },
		{ "malloc,min=1Q", "column 12: \"1Q\" is no size: write min=1M, in bytes or with K, M, G, T" },
		{ "malloc,min=-1", "column 12: \"-1\" is no size: write min=1M, in bytes or with K, M, G, T" },
		{ "malloc,min=1=2", "column 12: \"1=2\" is no size: write min=1M, in bytes or with K, M, G, T" },
		{ "malloc,max=99999999T", "column 12: max=99999999T is more than can be counted" },
		{ "malloc, min=1", "column 8: unknown key \" min\", did you mean \"min\"?" },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_rules_ struct rules rules = RULES_NONE;
		_cleanup_error_ struct error err = ERROR_NONE;
		_cleanup_free_ char *want = NULL;

		CHECK(asprintf(&want, "--allow '%s': %s", cases[i].text, cases[i].message) > 0);
		if (rules_add(&rules, "--allow", cases[i].text, &err) != -EINVAL)
			CHECK_FAIL("\"%s\" was taken", cases[i].text);
		CHECK_STR(error_text(&err), want);
		CHECK_INT(rules.n, ==, 0);
	}
}

TEST(messages_cannot_steer_a_terminal)
{
	_cleanup_rules_ struct rules rules = RULES_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;

	CHECK_INT(rules_add(&rules, "--allow", "\x1b[2J", &err), ==, -EINVAL);
	CHECK_STR(error_text(&err), "--allow '\\x1b[2J': column 1: unknown kind \"\\x1b[2J\"; known: malloc, anon");
}

TEST(rules_are_appended_up_to_a_limit)
{
	_cleanup_rules_ struct rules rules = RULES_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;

	for (int i = 0; i < RULES_MAX; i++)
		CHECK_INT(rules_add(&rules, "--allow", i % 2 ? "anon" : "!malloc", &err), ==, 0);
	CHECK_INT(rules.v[RULES_MAX - 1].kind, ==, RULE_ANON);
	CHECK_INT(rules_add(&rules, "--allow", "anon", &err), ==, -E2BIG);
	CHECK_STR(error_text(&err), "--allow: too many rules: 64 is the most");
	CHECK_INT(rules.n, ==, RULES_MAX);
}

TEST(policies_have_names)
{
	CHECK_INT(policy_from_name("prefer"), ==, POLICY_PREFER);
	CHECK_INT(policy_from_name("weighted"), ==, POLICY_WEIGHTED);
	CHECK_INT(policy_from_name("Prefer"), ==, -EINVAL);
	CHECK_STR(policy_name(POLICY_BIND), "bind");
	CHECK_STR(rule_kind_name(RULE_ANON), "anon");
}

CHECK_MAIN()

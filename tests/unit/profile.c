/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "libcdm/rules.h"
#include "check.h"
#include "tree.h"

TEST(the_default_profile)
{
	_cleanup_profile_ struct profile p = { 0 };
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_free_ char *first = NULL, *second = NULL;

	if (profile_load("src/libcdm/profiles/default.json", &p, &err) < 0)
		CHECK_FAIL("%s", error_text(&err));
	CHECK_INT(p.rules.n, ==, 2);
	first = rule_text(&p.rules.v[0]);
	second = rule_text(&p.rules.v[1]);
	CHECK_STR(first, "malloc,min=1M");
	CHECK_STR(second, "anon,min=1M");
	CHECK(!p.has_policy && !p.group && !p.nodes);
}

TEST(a_whole_profile)
{
	_cleanup_tree_ struct tree t = tree_new();
	_cleanup_free_ char *path = tree_path(&t, "/p.json");
	_cleanup_profile_ struct profile p = { 0 };

	tree_put(&t, "/p.json",
		 "{ \"version\": 1, \"description\": \"\", \"allow\": [\"!malloc,max=4K\", \"malloc\"],"
		 "  \"policy\": \"weighted\", \"nodes\": \"gpu\", \"group\": \"/jobs.slice/a\" }");
	CHECK_INT(profile_load(path, &p, NULL), ==, 0);
	CHECK_INT(p.rules.n, ==, 2);
	CHECK(p.rules.v[0].deny);
	CHECK(p.has_policy && p.policy == POLICY_WEIGHTED);
	CHECK_STR(p.nodes, "gpu");
	CHECK_STR(p.group, "jobs.slice/a");
}

TEST(mistakes_name_their_place)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "{ \"version\": 1,\n \"allow\": [\"anon\",\n \"malloc,mim=1M\"] }",
		  "3:2: rule 'malloc,mim=1M': column 8: unknown key \"mim\", did you mean \"min\"?" },
		{ "{ \"version\": 1 }", "1:1: \"allow\" is missing: add \"allow\": [ \"malloc,min=1M\" ]" },
		{ "{ \"allow\": [\"anon\"] }", "1:1: \"version\" is missing: add \"version\": 1" },
		{ "{ \"version\": 2, \"allow\": [\"anon\"] }",
		  "1:14: version 2 is not known here: this program reads version 1" },
		{ "{ \"version\": 1, \"alow\": [\"anon\"] }", "1:17: unknown key \"alow\", did you mean \"allow\"?" },
		{ "{ \"version\": 1, \"allow\": \"anon\" }", "1:26: \"allow\" must be an array of rules, not a string" },
		{ "{ \"version\": 1, \"allow\": [] }",
		  "1:26: no rule at all: nothing would be placed; add one such as \"malloc,min=1M\"" },
		{ "{ \"version\": 1, \"allow\": [\"anon\"], \"policy\": \"prefers\" }",
		  "1:46: unknown policy \"prefers\", did you mean \"prefer\"?" },
		{ "{ \"version\": 1, \"allow\": [\"anon\"], \"group\": \"../x\" }",
		  "1:45: \"../x\" is no group: it has a component \".\" or \"..\"" },
		{ "{ \"version\": 1, \"allow\": [\"anon\"], \"nodes\": 1 }",
		  "1:45: \"nodes\" must be a string: nodes such as \"4-7\", or a class, not a whole number" },
	};
	_cleanup_tree_ struct tree t = tree_new();
	_cleanup_free_ char *path = tree_path(&t, "/p.json");

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_profile_ struct profile p = { 0 };
		_cleanup_error_ struct error err = ERROR_NONE;
		_cleanup_free_ char *want = NULL;

		tree_put(&t, "/p.json", cases[i].text);
		CHECK(asprintf(&want, "%s:%s", path, cases[i].message) > 0);
		CHECK_INT(profile_load(path, &p, &err), ==, -EINVAL);
		CHECK_STR(error_text(&err), want);
	}
}

TEST(names_are_looked_up_in_two_places)
{
	static const char *const bad[] = { "", ".hidden", "..", "a b", "a\x1b" };
	_cleanup_profile_ struct profile p = { 0 };
	_cleanup_error_ struct error err = ERROR_NONE;

	CHECK_INT(profile_load("no-such.profile_0", &p, &err), ==, -ENOENT);
	CHECK_STR(error_text(&err), "no profile \"no-such.profile_0\": neither " PROFILE_DIR
				    "/no-such.profile_0.json nor " PROFILE_VENDOR_DIR "/no-such.profile_0.json is there");
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		CHECK_INT(profile_load(bad[i], &p, &err), ==, -EINVAL);
	CHECK_INT(profile_load("/tmp/no/such", &p, &err), ==, -ENOENT);
}

CHECK_MAIN()

/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Profiles: the built-in one, and files that are accepted or refused. */

#include "libcdm/rules/rules.h"
#include "check.h"
#include "fixtures.h"

#include <errno.h>

#define FIXTURES "tests/fixtures/profile"

TEST(the_default_profile_has_two_rules_and_nothing_else)
{
	_cleanup_profile_ struct profile p = { 0 };
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_free_ char *first = NULL, *second = NULL;

	if (profile_load("src/libcdm/rules/profiles/default.json", &p, &err) < 0)
		CHECK_FAIL("%s", error_text(&err));
	CHECK_INT(p.rules.n, ==, 2);
	first = rule_text(&p.rules.v[0]);
	second = rule_text(&p.rules.v[1]);
	CHECK_STR(first, "malloc,min=1M");
	CHECK_STR(second, "anon,min=1M");
	CHECK(!p.has_policy && !p.group && !p.nodes);
}

TEST(every_key_of_a_profile_is_read)
{
	_cleanup_profile_ struct profile p = { 0 };

	CHECK_INT(profile_load(FIXTURES "/good/whole.json", &p, NULL), ==, 0);
	CHECK_INT(p.rules.n, ==, 2);
	CHECK(!p.rules.v[0].asks.allow);
	CHECK(p.has_policy && p.policy == POLICY_WEIGHTED);
	CHECK_STR(p.nodes, "gpu");
	CHECK_STR(p.group, "jobs.slice/a");
}

static int take(const char *path, struct error *err)
{
	_cleanup_profile_ struct profile p = { 0 };

	return profile_load(path, &p, err);
}

TEST(each_bad_file_is_refused_with_its_message)
{
	CHECK_INT(fixtures(FIXTURES "/bad", fixture_refused, take), >=, 25);
	CHECK_INT(fixtures(FIXTURES "/bad/beyond-schema", fixture_refused, take), >=, 5);
}

static bool good(const char *path, fixture_fn fn)
{
	return fn(path, NULL) == 0;
}

TEST(good_files_are_accepted)
{
	CHECK_INT(fixtures(FIXTURES "/good", good, take), >=, 2);
}

TEST(a_profile_name_is_looked_up_in_two_directories)
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

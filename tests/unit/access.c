/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which users may enter which group. The tests look up root, since every system has that user. */

#include "check.h"
#include "cdmd/socket/access.h"

static struct config *config;

static struct peer user(uid_t uid, gid_t gid, gid_t *groups, size_t n)
{
	return (struct peer){ .pid = 7, .uid = uid, .gid = gid, .groups = groups, .n_groups = n, .root = uid == 0 };
}

static void configure(void)
{
	static const char text[] =
		"{ \"version\": 1, \"groups\": {"
		"\"open.slice\": { \"classes\": [\"device\"],"
		"  \"enter\": { \"users\": [\"2001\", \"nobody-has-this-name\"], \"groups\": [\"2100\"] } },"
		"\"ids.slice\": { \"classes\": [\"device\"], \"enter\": { \"users\": [\"2001\"] } },"
		"\"named.slice\": { \"classes\": [\"device\"], \"enter\": { \"groups\": [\"root\"] } },"
		"\"pods/**\": { \"classes\": [\"device\"], \"enter\": { \"users\": [\"2001\"] } },"
		"\"closed.slice\": { \"classes\": [\"device\"] } } }";

	if (!config && config_parse("test", text, strlen(text), &config, NULL) < 0)
		abort();
}

TEST(users_and_groups_are_matched_by_number)
{
	gid_t groups[] = { 5, 2100 };
	struct peer listed = user(2001, 2001, NULL, 0), member = user(2002, 2002, groups, 2),
		    primary = user(2002, 2100, NULL, 0), other = user(2002, 2002, groups, 1);

	configure();
	CHECK_INT(access_decide(config, "open.slice", &listed), ==, ACCESS_YES);
	CHECK_INT(access_decide(config, "open.slice", &member), ==, ACCESS_YES);
	CHECK_INT(access_decide(config, "open.slice", &primary), ==, ACCESS_YES);
	CHECK_INT(access_decide(config, "ids.slice", &listed), ==, ACCESS_YES);
	CHECK_INT(access_decide(config, "ids.slice", &other), ==, ACCESS_NO);
	CHECK_INT(access_decide(config, "closed.slice", &listed), ==, ACCESS_NO);
}

TEST(names_are_looked_up_only_if_no_number_matches)
{
	struct peer other = user(2002, 2002, NULL, 0), wheel = user(2002, 0, NULL, 0);

	configure();
	CHECK_INT(access_decide(config, "open.slice", &other), ==, ACCESS_ASK);
	CHECK(!access_look_up(config, "open.slice", &other));
	CHECK_INT(access_decide(config, "named.slice", &other), ==, ACCESS_ASK);
	CHECK(!access_look_up(config, "named.slice", &other));
	CHECK(access_look_up(config, "named.slice", &wheel));
}

TEST(root_may_enter_every_group_and_no_other_cgroup)
{
	struct peer root = user(0, 0, NULL, 0);

	configure();
	CHECK_INT(access_decide(config, "closed.slice", &root), ==, ACCESS_YES);
	CHECK_INT(access_decide(config, "system.slice", &root), ==, ACCESS_NO);
	CHECK_INT(access_decide(config, "", &root), ==, ACCESS_NO);
}

TEST(uid_0_without_capabilities_is_treated_like_any_user)
{
	struct peer root = user(0, 0, NULL, 0);

	configure();
	root.root = false;
	CHECK_INT(access_decide(config, "closed.slice", &root), ==, ACCESS_NO);
	CHECK_INT(access_decide(config, "ids.slice", &root), ==, ACCESS_NO);
}

TEST(enter_applies_only_to_cgroups_that_the_pattern_matches)
{
	struct peer listed = user(2001, 2001, NULL, 0);

	configure();
	CHECK_INT(access_decide(config, "open.slice/below", &listed), ==, ACCESS_NO);
	CHECK_INT(access_decide(config, "pods", &listed), ==, ACCESS_YES);
	CHECK_INT(access_decide(config, "pods/a/b", &listed), ==, ACCESS_YES);
	CHECK_INT(access_decide(config, "podsa", &listed), ==, ACCESS_NO);
}

TEST(a_listed_user_may_not_enter_a_leaf)
{
	struct peer listed = user(2001, 2001, NULL, 0);

	configure();
	CHECK_INT(access_decide(config, "pods/cdm-launch-12", &listed), ==, ACCESS_NO);
	CHECK_INT(access_decide(config, "pods/cdm-launch-12.scope/a", &listed), ==, ACCESS_NO);
	config_free(config);
	config = NULL;
}

CHECK_MAIN()

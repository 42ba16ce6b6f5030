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

TEST(by_number)
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

TEST(names_are_looked_up_only_when_they_must_be)
{
	struct peer other = user(2002, 2002, NULL, 0), wheel = user(2002, 0, NULL, 0);

	configure();
	CHECK_INT(access_decide(config, "open.slice", &other), ==, ACCESS_ASK);
	CHECK(!access_look_up(config, "open.slice", &other));
	CHECK_INT(access_decide(config, "named.slice", &other), ==, ACCESS_ASK);
	CHECK(!access_look_up(config, "named.slice", &other));
	CHECK(access_look_up(config, "named.slice", &wheel));
}

TEST(root_enters_every_group_and_nothing_else)
{
	struct peer root = user(0, 0, NULL, 0);

	configure();
	CHECK_INT(access_decide(config, "closed.slice", &root), ==, ACCESS_YES);
	CHECK_INT(access_decide(config, "system.slice", &root), ==, ACCESS_NO);
	CHECK_INT(access_decide(config, "", &root), ==, ACCESS_NO);
}

TEST(uid_0_without_capabilities_is_a_user_like_others)
{
	struct peer root = user(0, 0, NULL, 0);

	configure();
	root.root = false;
	CHECK_INT(access_decide(config, "closed.slice", &root), ==, ACCESS_NO);
	CHECK_INT(access_decide(config, "ids.slice", &root), ==, ACCESS_NO);
}

TEST(a_list_holds_for_what_the_pattern_matches)
{
	struct peer listed = user(2001, 2001, NULL, 0);

	configure();
	CHECK_INT(access_decide(config, "open.slice/below", &listed), ==, ACCESS_NO);
	CHECK_INT(access_decide(config, "pods", &listed), ==, ACCESS_YES);
	CHECK_INT(access_decide(config, "pods/a/b", &listed), ==, ACCESS_YES);
	CHECK_INT(access_decide(config, "podsa", &listed), ==, ACCESS_NO);
}

TEST(leaves_are_nobodys_to_enter)
{
	struct peer listed = user(2001, 2001, NULL, 0);

	configure();
	CHECK_INT(access_decide(config, "pods/cdm-launch-12", &listed), ==, ACCESS_NO);
	CHECK_INT(access_decide(config, "pods/cdm-launch-12.scope/a", &listed), ==, ACCESS_NO);
	config_free(config);
	config = NULL;
}

CHECK_MAIN()

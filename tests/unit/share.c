/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Who gives way if there is no room for one more client. */

#include "check.h"
#include "basic/cleanup.h"
#include "cdmd/socket/share.h"

#define GIVES_WAY(...) share_gives_way((struct share[]){ __VA_ARGS__ }, ELEMENTSOF(((struct share[]){ __VA_ARGS__ })))

TEST(the_user_with_most_gives_way)
{
	CHECK_INT(GIVES_WAY({ "", 1, 5 }, { "", 1, 4 }, { "", 2, 1 }, { "", 3, 9 }), ==, 1);
}

TEST(a_newcomer_who_has_most_gives_way)
{
	CHECK_INT(GIVES_WAY({ "", 1, 5 }, { "", 1, 4 }, { "", 2, 1 }, { "", 1, 9 }), ==, 3);
	CHECK_INT(GIVES_WAY({ "", 1, 1 }), ==, 0);
}

TEST(if_all_have_as_much_the_newcomer_gives_way)
{
	CHECK_INT(GIVES_WAY({ "", 1, 5 }, { "", 2, 4 }, { "", 3, 9 }), ==, 2);
	CHECK_INT(GIVES_WAY({ "a", 1, 5 }, { "b", 1, 4 }, { "c", 1, 9 }), ==, 2);
}

TEST(user_ids_of_ones_own_gain_nothing)
{
	CHECK_INT(GIVES_WAY({ "user.slice/user-1.slice/s", 100000, 5 }, { "user.slice/user-1.slice/s", 100001, 4 },
			    { "user.slice/user-1.slice/s", 100002, 6 }, { "user.slice/user-2.slice/s", 2, 1 },
			    { "user.slice/user-2.slice/s", 2, 9 }),
		  ==, 2);
}

TEST(cgroups_of_ones_own_gain_nothing)
{
	CHECK_INT(GIVES_WAY({ "s/mallory/a", 1, 5 }, { "s/mallory/b", 1, 4 }, { "s/mallory/c", 1, 3 },
			    { "s/alice", 2, 1 }, { "s/alice", 2, 9 }),
		  ==, 2);
}

TEST(a_service_does_not_pay_for_the_users_sessions)
{
	CHECK_INT(GIVES_WAY({ "user.slice/1", 1, 5 }, { "user.slice/2", 2, 4 }, { "user.slice/3", 3, 3 },
			    { "system.slice/a", 4, 1 }, { "system.slice/b", 5, 9 }),
		  ==, 2);
}

TEST(a_cgroup_is_not_its_child)
{
	CHECK_INT(GIVES_WAY({ "a", 1, 1 }, { "a/b", 1, 2 }, { "a/b", 1, 3 }, { "a", 2, 9 }), ==, 1);
}

TEST(names_that_begin_alike_are_different)
{
	CHECK_INT(GIVES_WAY({ "a", 1, 1 }, { "ab", 1, 2 }, { "ab", 1, 3 }, { "a", 1, 0 }, { "ab", 1, 9 }), ==, 4);
}

TEST(far_below_the_user_counts_alone)
{
	CHECK_INT(GIVES_WAY({ "1/2/3/4/5/6/7/8/a", 1, 5 }, { "1/2/3/4/5/6/7/8/b", 1, 4 }, { "1/2/3/4/5/6/7/8/c", 2, 3 },
			    { "1/2/3/4/5/6/7/8/c", 2, 9 }, { "1/2/3/4/5/6/7/8/d", 1, 9 }, { "x", 3, 9 }),
		  ==, 1);
}

CHECK_MAIN()

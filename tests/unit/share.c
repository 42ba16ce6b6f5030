/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which client is dropped if there is no room for one more. */

#include "check.h"
#include "basic/cleanup.h"
#include "cdmd/socket/share.h"

#define GIVES_WAY(...) share_gives_way((struct share[]){ __VA_ARGS__ }, ELEMENTSOF(((struct share[]){ __VA_ARGS__ })))

TEST(the_user_with_most_clients_loses_the_longest_idle)
{
	CHECK_INT(GIVES_WAY({ "", 1, 5 }, { "", 1, 4 }, { "", 2, 1 }, { "", 3, 9 }), ==, 1);
}

TEST(a_new_client_of_the_user_with_most_is_refused)
{
	CHECK_INT(GIVES_WAY({ "", 1, 5 }, { "", 1, 4 }, { "", 2, 1 }, { "", 1, 9 }), ==, 3);
	CHECK_INT(GIVES_WAY({ "", 1, 1 }), ==, 0);
}

TEST(if_all_have_equally_many_the_new_client_is_refused)
{
	CHECK_INT(GIVES_WAY({ "", 1, 5 }, { "", 2, 4 }, { "", 3, 9 }), ==, 2);
	CHECK_INT(GIVES_WAY({ "a", 1, 5 }, { "b", 1, 4 }, { "c", 1, 9 }), ==, 2);
}

TEST(several_user_ids_in_one_cgroup_count_together)
{
	CHECK_INT(GIVES_WAY({ "user.slice/user-1.slice/s", 100000, 5 }, { "user.slice/user-1.slice/s", 100001, 4 },
			    { "user.slice/user-1.slice/s", 100002, 6 }, { "user.slice/user-2.slice/s", 2, 1 },
			    { "user.slice/user-2.slice/s", 2, 9 }),
		  ==, 2);
}

TEST(several_cgroups_below_one_parent_count_together)
{
	CHECK_INT(GIVES_WAY({ "s/mallory/a", 1, 5 }, { "s/mallory/b", 1, 4 }, { "s/mallory/c", 1, 3 },
			    { "s/alice", 2, 1 }, { "s/alice", 2, 9 }),
		  ==, 2);
}

TEST(a_service_keeps_its_client_when_user_sessions_have_most)
{
	CHECK_INT(GIVES_WAY({ "user.slice/1", 1, 5 }, { "user.slice/2", 2, 4 }, { "user.slice/3", 3, 3 },
			    { "system.slice/a", 4, 1 }, { "system.slice/b", 5, 9 }),
		  ==, 2);
}

TEST(a_cgroup_and_its_child_count_separately)
{
	CHECK_INT(GIVES_WAY({ "a", 1, 1 }, { "a/b", 1, 2 }, { "a/b", 1, 3 }, { "a", 2, 9 }), ==, 1);
}

TEST(cgroups_whose_names_share_a_prefix_are_distinct)
{
	CHECK_INT(GIVES_WAY({ "a", 1, 1 }, { "ab", 1, 2 }, { "ab", 1, 3 }, { "a", 1, 0 }, { "ab", 1, 9 }), ==, 4);
}

TEST(below_the_depth_limit_only_the_user_counts)
{
	CHECK_INT(GIVES_WAY({ "1/2/3/4/5/6/7/8/a", 1, 5 }, { "1/2/3/4/5/6/7/8/b", 1, 4 }, { "1/2/3/4/5/6/7/8/c", 2, 3 },
			    { "1/2/3/4/5/6/7/8/c", 2, 9 }, { "1/2/3/4/5/6/7/8/d", 1, 9 }, { "x", 3, 9 }),
		  ==, 1);
}

CHECK_MAIN()

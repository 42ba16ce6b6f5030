/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "check.h"
#include "cdmd/ratelimit.h"

TEST(so_many_and_no_more)
{
	struct limiter l = { 0 };

	for (int i = 0; i < LIMITER_LINES; i++)
		CHECK(limiter_allows(&l, 1000));
	CHECK(limiter_due(&l) == UINT64_MAX);
	CHECK(!limiter_allows(&l, 1001));
	CHECK(!limiter_allows(&l, 1000 + LIMITER_MS - 1));
	CHECK_INT(limiter_due(&l), ==, 1000 + LIMITER_MS);
}

TEST(what_was_swallowed_is_told_once_when_its_while_is_over)
{
	struct limiter l = { 0 };

	for (int i = 0; i < LIMITER_LINES + 5; i++)
		(void)limiter_allows(&l, 1000);
	CHECK_INT(limiter_swallowed(&l, 1000 + LIMITER_MS - 1), ==, 0);
	CHECK_INT(limiter_swallowed(&l, 1000 + LIMITER_MS), ==, 5);
	CHECK_INT(limiter_swallowed(&l, 1000 + LIMITER_MS), ==, 0);
	CHECK(limiter_due(&l) == UINT64_MAX);
}

TEST(the_next_while_begins_with_the_next_line)
{
	struct limiter l = { 0 };

	for (int i = 0; i < LIMITER_LINES; i++)
		CHECK(limiter_allows(&l, 1000));
	for (int i = 0; i < LIMITER_LINES; i++)
		CHECK(limiter_allows(&l, 1000 + 3 * LIMITER_MS));
	CHECK(!limiter_allows(&l, 1000 + 3 * LIMITER_MS));
	CHECK_INT(limiter_due(&l), ==, 1000 + 4 * LIMITER_MS);
}

CHECK_MAIN()

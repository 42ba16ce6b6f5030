/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How many lines of a message pass within a period, and that the others are counted. */

#include "check.h"
#include "cdmd/loop/ratelimit.h"

TEST(only_a_limited_number_of_lines_pass_in_a_period)
{
	struct ratelimit l = { 0 };

	for (int i = 0; i < RATELIMIT_LINES; i++)
		CHECK(ratelimit_allows(&l, 1000));
	CHECK(ratelimit_due(&l) == UINT64_MAX);
	CHECK(!ratelimit_allows(&l, 1001));
	CHECK(!ratelimit_allows(&l, 1000 + RATELIMIT_MS - 1));
	CHECK_INT(ratelimit_due(&l), ==, 1000 + RATELIMIT_MS);
}

TEST(suppressed_lines_are_counted_once_after_the_period)
{
	struct ratelimit l = { 0 };

	for (int i = 0; i < RATELIMIT_LINES + 5; i++)
		(void)ratelimit_allows(&l, 1000);
	CHECK_INT(ratelimit_swallowed(&l, 1000 + RATELIMIT_MS - 1), ==, 0);
	CHECK_INT(ratelimit_swallowed(&l, 1000 + RATELIMIT_MS), ==, 5);
	CHECK_INT(ratelimit_swallowed(&l, 1000 + RATELIMIT_MS), ==, 0);
	CHECK(ratelimit_due(&l) == UINT64_MAX);
}

TEST(the_next_period_begins_with_the_next_line)
{
	struct ratelimit l = { 0 };

	for (int i = 0; i < RATELIMIT_LINES; i++)
		CHECK(ratelimit_allows(&l, 1000));
	for (int i = 0; i < RATELIMIT_LINES; i++)
		CHECK(ratelimit_allows(&l, 1000 + 3 * RATELIMIT_MS));
	CHECK(!ratelimit_allows(&l, 1000 + 3 * RATELIMIT_MS));
	CHECK_INT(ratelimit_due(&l), ==, 1000 + 4 * RATELIMIT_MS);
}

CHECK_MAIN()

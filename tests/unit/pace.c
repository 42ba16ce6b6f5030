/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "check.h"
#include "cdmd/schedule.h"

TEST(idle_is_never_due)
{
	struct pace p = { 0 };

	CHECK(pace_due(&p) == UINT64_MAX);
	pace_done(&p, 1000, 1000, true);
	CHECK(pace_due(&p) == UINT64_MAX);
}

TEST(events_are_gathered_until_it_is_quiet)
{
	struct pace p = { 0 };

	pace_event(&p, PACE_HARDWARE, 1000);
	CHECK_INT(pace_due(&p), ==, 1000 + PACE_QUIET_MS);
	pace_event(&p, PACE_HARDWARE, 1005);
	CHECK_INT(pace_due(&p), ==, 1005 + PACE_QUIET_MS);
}

TEST(a_storm_cannot_put_it_off_for_ever)
{
	struct pace p = { 0 };

	for (uint64_t t = 1000; t < 5000; t += 2)
		pace_event(&p, PACE_HARDWARE, t);
	CHECK_INT(pace_due(&p), ==, 1000 + PACE_MAX_MS);
}

TEST(where_a_look_takes_long_a_storm_is_answered_less_often)
{
	struct pace p = { 0 };

	pace_done(&p, 1000, 3000, true);
	for (uint64_t t = 3000; t < 20000; t += 2)
		pace_event(&p, PACE_HARDWARE, t);
	CHECK_INT(pace_due(&p), ==, 3000 + PACE_SHARE * 2000);
	pace_done(&p, 20000, 20001, true);
	pace_event(&p, PACE_HARDWARE, 21000);
	CHECK_INT(pace_due(&p), ==, 21000 + PACE_QUIET_MS);
}

TEST(who_may_miss_an_event_looks_again_by_itself)
{
	struct pace p = { 0 };

	for (int i = 0; i < 3; i++) {
		pace_done(&p, 1000, 1000, true);
		pace_blind(&p, 1000);
		CHECK_INT(pace_due(&p), ==, 1000 + PACE_RETRY_MAX_MS);
	}
	pace_done(&p, 1000, 1000, false);
	pace_blind(&p, 1000);
	CHECK_INT(pace_due(&p), ==, 1000 + PACE_RETRY_MIN_MS);
}

TEST(what_is_not_settled_is_tried_again_less_and_less_often_and_then_left)
{
	struct pace p = { 0 };
	uint64_t now = 1000, last = 0;

	for (unsigned i = 0; i < PACE_RETRIES; i++) {
		uint64_t delay;

		pace_done(&p, now, now, false);
		delay = pace_due(&p) - now;
		CHECK_INT(delay, >=, last);
		CHECK_INT(delay, <=, PACE_RETRY_MAX_MS);
		last = delay;
		now = pace_due(&p);
	}
	CHECK_INT(last, ==, PACE_RETRY_MAX_MS);
	pace_done(&p, now, now, false);
	CHECK(pace_due(&p) == UINT64_MAX);
}

TEST(the_echo_of_a_refused_step_does_not_make_it_spin)
{
	struct pace p = { 0 };
	uint64_t now = 1000;
	unsigned rounds = 0;

	for (; now < 61000; rounds++) {
		pace_done(&p, now, now, false);
		pace_event(&p, PACE_CGROUP, now + 1);
		now = pace_due(&p);
	}
	CHECK_INT(rounds, <, 30);
}

TEST(news_from_outside_is_answered_at_once)
{
	struct pace p = { 0 };

	for (unsigned i = 0; i < 20; i++)
		pace_done(&p, 1000, 1000, false);
	pace_event(&p, PACE_HARDWARE, 1001);
	CHECK_INT(pace_due(&p), ==, 1001 + PACE_QUIET_MS);
}

CHECK_MAIN()

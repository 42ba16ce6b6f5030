/* SPDX-License-Identifier: GPL-2.0-or-later */

/* When cdmd looks next, for sequences of events at given times. */

#include "check.h"
#include "cdmd/schedule.h"

TEST(idle_is_never_due)
{
	struct schedule p = { 0 };

	CHECK(schedule_due(&p) == UINT64_MAX);
	schedule_done(&p, 1000, 1000, true);
	CHECK(schedule_due(&p) == UINT64_MAX);
}

TEST(events_are_gathered_until_it_is_quiet)
{
	struct schedule p = { 0 };

	schedule_event(&p, SCHEDULE_HARDWARE, 1000);
	CHECK_INT(schedule_due(&p), ==, 1000 + SCHEDULE_QUIET_MS);
	schedule_event(&p, SCHEDULE_HARDWARE, 1005);
	CHECK_INT(schedule_due(&p), ==, 1005 + SCHEDULE_QUIET_MS);
}

TEST(a_storm_cannot_put_it_off_for_ever)
{
	struct schedule p = { 0 };

	for (uint64_t t = 1000; t < 5000; t += 2)
		schedule_event(&p, SCHEDULE_HARDWARE, t);
	CHECK_INT(schedule_due(&p), ==, 1000 + SCHEDULE_MAX_MS);
}

TEST(where_a_look_takes_long_a_storm_is_answered_less_often)
{
	struct schedule p = { 0 };

	schedule_done(&p, 1000, 3000, true);
	for (uint64_t t = 3000; t < 20000; t += 2)
		schedule_event(&p, SCHEDULE_HARDWARE, t);
	CHECK_INT(schedule_due(&p), ==, 3000 + SCHEDULE_SHARE * 2000);
	schedule_done(&p, 20000, 20001, true);
	schedule_event(&p, SCHEDULE_HARDWARE, 21000);
	CHECK_INT(schedule_due(&p), ==, 21000 + SCHEDULE_QUIET_MS);
}

TEST(who_may_miss_an_event_looks_again_by_itself)
{
	struct schedule p = { 0 };

	for (int i = 0; i < 3; i++) {
		schedule_done(&p, 1000, 1000, true);
		schedule_blind(&p, 1000);
		CHECK_INT(schedule_due(&p), ==, 1000 + SCHEDULE_RETRY_MAX_MS);
	}
	schedule_done(&p, 1000, 1000, false);
	schedule_blind(&p, 1000);
	CHECK_INT(schedule_due(&p), ==, 1000 + SCHEDULE_RETRY_MIN_MS);
}

TEST(what_is_not_settled_is_tried_again_less_and_less_often_and_then_left)
{
	struct schedule p = { 0 };
	uint64_t now = 1000, last = 0;

	for (unsigned i = 0; i < SCHEDULE_RETRIES; i++) {
		uint64_t delay;

		schedule_done(&p, now, now, false);
		delay = schedule_due(&p) - now;
		CHECK_INT(delay, >=, last);
		CHECK_INT(delay, <=, SCHEDULE_RETRY_MAX_MS);
		last = delay;
		now = schedule_due(&p);
	}
	CHECK_INT(last, ==, SCHEDULE_RETRY_MAX_MS);
	schedule_done(&p, now, now, false);
	CHECK(schedule_due(&p) == UINT64_MAX);
}

TEST(the_echo_of_a_refused_step_does_not_make_it_spin)
{
	struct schedule p = { 0 };
	uint64_t now = 1000;
	unsigned rounds = 0;

	for (; now < 61000; rounds++) {
		schedule_done(&p, now, now, false);
		schedule_event(&p, SCHEDULE_CGROUP, now + 1);
		now = schedule_due(&p);
	}
	CHECK_INT(rounds, <, 30);
}

TEST(news_from_outside_is_answered_at_once)
{
	struct schedule p = { 0 };

	for (unsigned i = 0; i < 20; i++)
		schedule_done(&p, 1000, 1000, false);
	schedule_event(&p, SCHEDULE_HARDWARE, 1001);
	CHECK_INT(schedule_due(&p), ==, 1001 + SCHEDULE_QUIET_MS);
}

CHECK_MAIN()

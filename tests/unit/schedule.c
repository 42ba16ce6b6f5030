/* SPDX-License-Identifier: GPL-2.0-or-later */

/* When cdmd reconciles next, for sequences of events at given times. */

#include "check.h"
#include "basic/cleanup.h"
#include "cdmd/schedule.h"

#include <stdlib.h>

TEST(without_events_no_reconcile_is_due)
{
	struct schedule p = SCHEDULE_NONE;

	CHECK(schedule_due(&p) == UINT64_MAX);
	schedule_done(&p, 1000, 1000, true);
	CHECK(schedule_due(&p) == UINT64_MAX);
}

TEST(hardware_events_are_gathered_until_it_is_quiet)
{
	struct schedule p = SCHEDULE_NONE;

	schedule_hardware(&p, 1000);
	CHECK_INT(schedule_due(&p), ==, 1000 + SCHEDULE_QUIET_MS);
	schedule_hardware(&p, 1002);
	CHECK_INT(schedule_due(&p), ==, 1002 + SCHEDULE_QUIET_MS);
}

TEST(a_storm_cannot_delay_a_reconcile_for_ever)
{
	struct schedule p = SCHEDULE_NONE;

	for (uint64_t t = 1000; t < 5000; t += 2)
		schedule_hardware(&p, t);
	CHECK_INT(schedule_due(&p), ==, 1000 + SCHEDULE_MAX_MS);
}

TEST(after_a_long_reconcile_a_storm_is_handled_less_often)
{
	struct schedule p = SCHEDULE_NONE;

	schedule_done(&p, 1000, 3000, true);
	for (uint64_t t = 3000; t < 20000; t += 2)
		schedule_hardware(&p, t);
	CHECK_INT(schedule_due(&p), ==, 3000 + SCHEDULE_SHARE * 2000);
	schedule_done(&p, 20000, 20001, true);
	schedule_hardware(&p, 21000);
	CHECK_INT(schedule_due(&p), ==, 21000 + SCHEDULE_QUIET_MS);
}

TEST(a_requested_time_counts_only_if_it_is_the_earliest)
{
	struct schedule p = SCHEDULE_NONE;

	schedule_done(&p, 1000, 1000, true);
	schedule_at(&p, UINT64_MAX);
	CHECK(schedule_due(&p) == UINT64_MAX);
	schedule_at(&p, 31000);
	CHECK_INT(schedule_due(&p), ==, 31000);
	schedule_done(&p, 1000, 1000, false);
	schedule_at(&p, 31000);
	CHECK_INT(schedule_due(&p), ==, 1000 + SCHEDULE_RETRY_MIN_MS);
}

TEST(what_has_not_settled_is_retried_less_often_and_finally_not)
{
	struct schedule p = SCHEDULE_NONE;
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

TEST(a_hardware_event_restarts_the_retries)
{
	struct schedule p = SCHEDULE_NONE;

	for (unsigned i = 0; i < 30; i++)
		schedule_done(&p, 1000, 1000, false);
	schedule_hardware(&p, 1001);
	CHECK_INT(schedule_due(&p), ==, 1001 + SCHEDULE_QUIET_MS);
	schedule_done(&p, 1004, 1004, false);
	CHECK_INT(schedule_due(&p), ==, 1004 + SCHEDULE_RETRY_MIN_MS);
}

/*
 * Simulates reconciles that take `took`, while somebody causes events of cgroups and keeps the state from settling.
 * Returns the longest time from the appearance of a new cgroup, at any moment, to the end of a reconcile that began
 * after it; *ret_busy is the time spent in reconciles.
 */
static uint64_t longest_wait(uint64_t took, unsigned seed, uint64_t *ret_busy)
{
	struct schedule p = SCHEDULE_NONE;
	uint64_t now = 1000, longest = 0;

	*ret_busy = 0;
	srandom(seed);
	while (now < 61000) {
		uint64_t came = now, due;

		/* A random number of events; the last one is the new cgroup. */
		for (uint64_t t = 0; t < (uint64_t)(random() % 8); t++)
			schedule_cgroup(&p, now++);
		schedule_cgroup(&p, now);
		due = schedule_due(&p);
		now = due > now ? due : now;
		longest = now + took - came > longest ? now + took - came : longest;
		schedule_done(&p, now, now + took, random() % 8 == 0);
		*ret_busy += took;
		now += took;
	}
	return longest;
}

TEST(a_new_cgroup_is_handled_without_waiting_for_retries)
{
	static const uint64_t took[] = { 0, 1, 2, 5, 10, 50, 100, 500, 1000 };

	for (unsigned i = 0; i < ELEMENTSOF(took); i++)
		for (unsigned seed = 1; seed < 20; seed++) {
			uint64_t busy, alone = SCHEDULE_QUIET_MS + took[i], wait = longest_wait(took[i], seed, &busy);

			/*
			 * A reconcile that is running when the cgroup appears adds its duration: 3 times the
			 * undisturbed time in all.
			 */
			CHECK_INT(wait + took[i], <=, 3 * alone);
			CHECK_INT(busy, <=, 60000 / 2 + 2 * took[i]);
		}
}

TEST(after_a_very_long_reconcile_the_pause_is_bounded)
{
	struct schedule p = SCHEDULE_NONE;

	schedule_done(&p, 1000, 61000, true);
	schedule_cgroup(&p, 61001);
	CHECK_INT(schedule_due(&p), ==, 61000 + SCHEDULE_REST_MS);
}

CHECK_MAIN()

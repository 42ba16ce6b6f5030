/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which steps of a plan wait before they are repeated. */

#include "check.h"
#include "cdmd/schedule.h"
#include "cdmd/step-retry.h"

static struct step step(enum step_kind kind, const char *target, uint64_t inode)
{
	return (struct step){ .kind = kind, .target = (char *)target, .inode = inode, .node = -1 };
}

TEST(a_new_step_is_allowed_at_once)
{
	struct step_retry r = STEP_RETRY_NONE;
	struct step s = step(STEP_GRANT, "a", 1);

	CHECK(step_retry_allows(&r, &s, 1000));
	CHECK(step_retry_due(&r, 1000) == UINT64_MAX);
}

/* Returns how often a step is carried out in a minute if the plan needs it every millisecond. */
static unsigned times(const struct step *s, enum step_result result)
{
	struct step_retry r = STEP_RETRY_NONE;
	unsigned n = 0;

	for (uint64_t now = 1000; now < 61000; now++) {
		step_retry_forget_old(&r, now);
		if (!step_retry_allows(&r, s, now))
			continue;
		step_retry_note(&r, s, result, now);
		n++;
	}
	step_retry_forget(&r);
	return n;
}

TEST(a_grant_that_somebody_undoes_is_repeated_less_and_less_often)
{
	const struct step grant = step(STEP_GRANT, "a", 1), pin = step(STEP_PIN, "a", 1),
			  online = step(STEP_ONLINE, "node1", 0);

	CHECK_INT(times(&grant, STEP_DONE), <, 24);
	CHECK_INT(times(&pin, STEP_DONE), <, 24);
	CHECK_INT(times(&online, STEP_DONE), <, 24);
}

TEST(a_fence_that_somebody_undoes_is_made_again_at_once)
{
	const struct step fence = step(STEP_FENCE, "a", 1), revoke = step(STEP_REVOKE, "a", 1),
			  controller = step(STEP_CONTROLLER, "", 1);

	CHECK_INT(times(&fence, STEP_DONE), ==, 60000);
	CHECK_INT(times(&revoke, STEP_DONE), ==, 60000);
	CHECK_INT(times(&controller, STEP_DONE), ==, 60000);
}

TEST(a_step_that_fails_is_repeated_less_and_less_often)
{
	const struct step fence = step(STEP_FENCE, "a", 1), grant = step(STEP_GRANT, "a", 1);

	CHECK_INT(times(&fence, STEP_FAILED), <, 24);
	CHECK_INT(times(&grant, STEP_FAILED), <, 24);
}

TEST(a_failed_step_does_not_delay_other_steps)
{
	struct step_retry r = STEP_RETRY_NONE;
	struct step failed = step(STEP_FENCE, "b", 2);

	for (uint64_t now = 1000; now < 5000; now++)
		if (step_retry_allows(&r, &failed, now))
			step_retry_note(&r, &failed, STEP_FAILED, now);
	CHECK(!step_retry_allows(&r, &failed, 5000));
	CHECK(step_retry_allows(&r, &(struct step){ .kind = STEP_FENCE, .target = (char *)"a", .inode = 2 }, 5000));
	CHECK(step_retry_allows(&r, &(struct step){ .kind = STEP_GRANT, .target = (char *)"b", .inode = 2 }, 5000));
	/* A new cgroup of the same name is another one. */
	CHECK(step_retry_allows(&r, &(struct step){ .kind = STEP_FENCE, .target = (char *)"b", .inode = 3 }, 5000));
	CHECK_INT(step_retry_due(&r, 5000), >, 5000);
	CHECK_INT(step_retry_due(&r, 5000), <=, 5000 + SCHEDULE_RETRY_MAX_MS);
	step_retry_forget(&r);
	CHECK(step_retry_allows(&r, &failed, 5000));
}

TEST(a_step_that_was_not_needed_for_long_is_forgotten)
{
	struct step_retry r = STEP_RETRY_NONE;
	struct step s = step(STEP_GRANT, "a", 1);
	uint64_t now = 1000;

	for (unsigned i = 0; i < 10; i++, now += SCHEDULE_RETRY_MAX_MS)
		step_retry_note(&r, &s, STEP_DONE, now);
	step_retry_forget_old(&r, now);
	CHECK_INT(r.n, ==, 1);
	step_retry_forget_old(&r, now + STEP_RETRY_FORGET_MS);
	CHECK_INT(r.n, ==, 0);
	step_retry_forget(&r);
}

TEST(the_number_of_remembered_steps_is_limited)
{
	struct step_retry r = STEP_RETRY_NONE;

	for (uint64_t inode = 1; inode < 3 * STEP_RETRY_MAX; inode++) {
		struct step s = step(STEP_GRANT, "a", inode);

		step_retry_note(&r, &s, STEP_DONE, 1000);
	}
	CHECK_INT(r.n, ==, STEP_RETRY_MAX);
	CHECK(step_retry_allows(&r, &(struct step){ .kind = STEP_GRANT, .target = (char *)"b" }, 1000));
	step_retry_forget(&r);
}

CHECK_MAIN()

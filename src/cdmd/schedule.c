/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Decides when cdmd looks next: soon after an event, later while events go on, never later than a bound. */

#include "schedule.h"

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void schedule_hardware(struct schedule *p, uint64_t now)
{
	if (!p->hardware)
		p->first = now;
	p->hardware = true;
	p->last = now;
	p->retries = 0;
}

void schedule_cgroup(struct schedule *p, uint64_t now)
{
	if (!p->cgroups)
		p->first_cgroup = now;
	p->cgroups = true;
}

uint64_t schedule_delay(unsigned tries)
{
	uint64_t delay = SCHEDULE_RETRY_MIN_MS;

	for (unsigned i = 0; i < tries && delay < SCHEDULE_RETRY_MAX_MS; i++)
		delay += delay / 2;
	return min_u64(delay, SCHEDULE_RETRY_MAX_MS);
}

/* How long cdmd rests after a reconcile that took this long. */
static uint64_t rest(uint64_t took)
{
	return min_u64(took, SCHEDULE_REST_MS);
}

void schedule_done(struct schedule *p, uint64_t began, uint64_t now, bool settled)
{
	p->took = now - began;
	p->ended = now;
	p->hardware = false;
	p->cgroups = false;
	p->again = settled || p->retries >= SCHEDULE_RETRIES ? UINT64_MAX :
							       now + max_u64(schedule_delay(p->retries), rest(p->took));
	p->retries = settled ? 0 : p->retries + 1;
}

void schedule_at(struct schedule *p, uint64_t at)
{
	p->again = min_u64(p->again, at);
}

uint64_t schedule_due(const struct schedule *p)
{
	uint64_t longest = max_u64(SCHEDULE_MAX_MS, p->took * SCHEDULE_SHARE);
	uint64_t due = p->again;

	if (p->hardware)
		due = min_u64(due, min_u64(p->last + SCHEDULE_QUIET_MS, p->first + longest));
	if (p->cgroups)
		due = min_u64(due, max_u64(p->first_cgroup + SCHEDULE_QUIET_MS, p->ended + rest(p->took)));
	return due;
}

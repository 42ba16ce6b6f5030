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

void schedule_event(struct schedule *p, enum schedule_event event, uint64_t now)
{
	if (!p->dirty)
		p->first = now;
	p->dirty = true;
	p->last = now;
	if (event == SCHEDULE_HARDWARE) {
		p->retries = 0;
		p->not_before = 0;
	}
}

void schedule_done(struct schedule *p, uint64_t began, uint64_t now, bool settled)
{
	uint64_t delay = SCHEDULE_RETRY_MIN_MS;

	p->took = now - began;
	p->dirty = false;
	p->retry = !settled && p->retries < SCHEDULE_RETRIES;
	if (settled) {
		p->retries = 0;
		p->not_before = 0;
		return;
	}
	for (unsigned i = 0; i < p->retries && delay < SCHEDULE_RETRY_MAX_MS; i++)
		delay += delay / 2;
	p->not_before = now + min_u64(delay, SCHEDULE_RETRY_MAX_MS);
	p->retries++;
}

void schedule_blind(struct schedule *p, uint64_t now)
{
	if (p->retry)
		return;
	p->retry = true;
	p->not_before = now + SCHEDULE_RETRY_MAX_MS;
}

uint64_t schedule_due(const struct schedule *p)
{
	uint64_t longest = max_u64(SCHEDULE_MAX_MS, p->took * SCHEDULE_SHARE);
	uint64_t quiet = min_u64(p->last + SCHEDULE_QUIET_MS, p->first + longest);

	if (p->dirty)
		return max_u64(quiet, p->not_before);
	return p->retry ? p->not_before : UINT64_MAX;
}

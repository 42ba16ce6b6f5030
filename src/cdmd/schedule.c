/* SPDX-License-Identifier: GPL-2.0-or-later */

/* When to look next: soon after events, later while they go on, never later than a bound. */

#include "schedule.h"

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void pace_event(struct pace *p, enum pace_event event, uint64_t now)
{
	if (!p->dirty)
		p->first = now;
	p->dirty = true;
	p->last = now;
	if (event == PACE_HARDWARE) {
		p->retries = 0;
		p->not_before = 0;
	}
}

void pace_done(struct pace *p, uint64_t began, uint64_t now, bool settled)
{
	uint64_t delay = PACE_RETRY_MIN_MS;

	p->took = now - began;
	p->dirty = false;
	p->retry = !settled && p->retries < PACE_RETRIES;
	if (settled) {
		p->retries = 0;
		p->not_before = 0;
		return;
	}
	for (unsigned i = 0; i < p->retries && delay < PACE_RETRY_MAX_MS; i++)
		delay += delay / 2;
	p->not_before = now + min_u64(delay, PACE_RETRY_MAX_MS);
	p->retries++;
}

void pace_blind(struct pace *p, uint64_t now)
{
	if (p->retry)
		return;
	p->retry = true;
	p->not_before = now + PACE_RETRY_MAX_MS;
}

uint64_t pace_due(const struct pace *p)
{
	uint64_t longest = max_u64(PACE_MAX_MS, p->took * PACE_SHARE);
	uint64_t quiet = min_u64(p->last + PACE_QUIET_MS, p->first + longest);

	if (p->dirty)
		return max_u64(quiet, p->not_before);
	return p->retry ? p->not_before : UINT64_MAX;
}

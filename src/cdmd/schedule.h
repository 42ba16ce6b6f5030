/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Computes when the next reconcile is due; pure, in milliseconds. It waits until SCHEDULE_QUIET_MS have passed
 * without an event, but at most SCHEDULE_MAX_MS, or SCHEDULE_SHARE times as long as the last reconcile took if that
 * is longer: a storm of events does not make a storm of reconciles. A reconcile whose steps were refused, or that has
 * not settled, is repeated at growing intervals, and in the end only at the next event.
 */

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_QUIET_MS 3
#define SCHEDULE_MAX_MS 100
#define SCHEDULE_SHARE 4
#define SCHEDULE_RETRY_MIN_MS 20
#define SCHEDULE_RETRY_MAX_MS 30000
#define SCHEDULE_RETRIES 24

enum schedule_event {
	SCHEDULE_HARDWARE, /* from outside: steps that were refused before may work now */
	SCHEDULE_CGROUP,   /* perhaps caused by cdmd's own write, so it never makes a retry earlier */
};

struct schedule {
	bool dirty;
	uint64_t first, last; /* of the events gathered, if dirty */
	uint64_t not_before;  /* events of cgroups cause no reconcile before */
	uint64_t took;        /* how long the last reconcile took */
	bool retry;
	unsigned retries; /* reconciles in a row that did not settle */
};

void schedule_event(struct schedule *p, enum schedule_event event, uint64_t now);

/* A reconcile has run. settled: it found nothing to do, and nothing is pending. */
void schedule_done(struct schedule *p, uint64_t began, uint64_t now, bool settled);

/*
 * Call after schedule_done() if some changes may raise no event: a reconcile is then due after SCHEDULE_RETRY_MAX_MS at
 * the latest.
 */
void schedule_blind(struct schedule *p, uint64_t now);

/* When the next reconcile is due; UINT64_MAX: not before the next event. */
uint64_t schedule_due(const struct schedule *p);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Computes when the next reconcile is due; pure, in milliseconds. It waits until PACE_QUIET_MS have passed without an
 * event, but at most PACE_MAX_MS, or PACE_SHARE times as long as the last reconcile took if that is longer: a storm of
 * events does not make a storm of reconciles. A reconcile whose steps were refused, or that has not settled, is
 * repeated at growing intervals, and in the end only at the next event.
 */

#include <stdbool.h>
#include <stdint.h>

#define PACE_QUIET_MS 3
#define PACE_MAX_MS 100
#define PACE_SHARE 4
#define PACE_RETRY_MIN_MS 20
#define PACE_RETRY_MAX_MS 30000
#define PACE_RETRIES 24

enum pace_event {
	PACE_HARDWARE, /* from outside: steps that were refused before may work now */
	PACE_CGROUP,   /* perhaps caused by cdmd's own write, so it never makes a retry earlier */
};

struct pace {
	bool dirty;
	uint64_t first, last; /* of the events gathered, if dirty */
	uint64_t not_before;  /* events of cgroups cause no reconcile before */
	uint64_t took;        /* how long the last reconcile took */
	bool retry;
	unsigned retries; /* reconciles in a row that did not settle */
};

void pace_event(struct pace *p, enum pace_event event, uint64_t now);

/* A reconcile has run. settled: it found nothing to do, and nothing is pending. */
void pace_done(struct pace *p, uint64_t began, uint64_t now, bool settled);

/*
 * Call after pace_done() if some changes may raise no event: a reconcile is then due after PACE_RETRY_MAX_MS at the
 * latest.
 */
void pace_blind(struct pace *p, uint64_t now);

/* When the next reconcile is due; UINT64_MAX: not before the next event. */
uint64_t pace_due(const struct pace *p);

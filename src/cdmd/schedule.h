/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * When the next reconcile is due: a pure clockwork in milliseconds. Events are gathered until PACE_QUIET_MS have passed
 * without one, PACE_MAX_MS at most, or, where a reconcile takes long, PACE_SHARE times as long as the last one: a storm
 * is not answered by a storm of our own. What was refused, or is not settled, is tried again less and less often, and
 * in the end only at the next event.
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
	PACE_HARDWARE, /* news from outside: what was refused before may work now */
	PACE_CGROUP,   /* may be the echo of our own write, so it never speeds a retry up */
};

struct pace {
	bool dirty;
	uint64_t first, last; /* of the events gathered, when dirty */
	uint64_t not_before;  /* the echo of a refused step is not answered before */
	uint64_t took;        /* by the last reconcile */
	bool retry;
	unsigned retries; /* reconciles in a row that were not settled */
};

void pace_event(struct pace *p, enum pace_event event, uint64_t now);

/* A reconcile ran. settled: it found nothing to do and nothing open. */
void pace_done(struct pace *p, uint64_t began, uint64_t now, bool settled);

/* Something may not wake us: look again after PACE_RETRY_MAX_MS in any case. After pace_done(). */
void pace_blind(struct pace *p, uint64_t now);

/* When the next reconcile is due, UINT64_MAX: at no time. */
uint64_t pace_due(const struct pace *p);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Computes when the next reconcile is due; pure, in milliseconds. Three things make one due, and the earliest counts:
 *
 * - Events of the hardware come in storms, so it waits until SCHEDULE_QUIET_MS have passed without one, but at most
 *   SCHEDULE_MAX_MS, or SCHEDULE_SHARE times as long as the last reconcile took if that is longer.
 * - An event of a cgroup may be a new cgroup that needs its fence. It waits SCHEDULE_QUIET_MS, whatever else happens.
 *   Unprivileged users can cause such events at will, so cdmd rests as long as the last reconcile took, at most
 *   SCHEDULE_REST_MS: they cost half of one CPU, and delay nobody by more than two reconciles.
 * - A reconcile that has not settled is repeated at growing intervals, and in the end only at the next event. Which of
 *   its steps are repeated is decided step by step (step-retry.h).
 */

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_QUIET_MS 3
#define SCHEDULE_MAX_MS 100
#define SCHEDULE_SHARE 4
#define SCHEDULE_REST_MS 1000
#define SCHEDULE_RETRY_MIN_MS 20
#define SCHEDULE_RETRY_MAX_MS 30000
#define SCHEDULE_RETRIES 24

struct schedule {
	bool hardware, cgroups; /* there were events since the last reconcile began */
	uint64_t first, last;   /* of the hardware's events */
	uint64_t first_cgroup;  /* of the cgroups' events */
	uint64_t ended, took;   /* the last reconcile */
	uint64_t again;         /* when to repeat it; UINT64_MAX: not */
	unsigned retries;       /* reconciles in a row that did not settle */
};

#define SCHEDULE_NONE ((struct schedule){ .again = UINT64_MAX })

void schedule_hardware(struct schedule *p, uint64_t now);
void schedule_cgroup(struct schedule *p, uint64_t now);

/* A reconcile has run. settled: it found nothing to do, and nothing is pending. */
void schedule_done(struct schedule *p, uint64_t began, uint64_t now, bool settled);

/* Call after schedule_done() if a reconcile is due at a certain time even if no event comes. */
void schedule_at(struct schedule *p, uint64_t at);

/* The delay after so many tries in a row, until the next one. It grows up to SCHEDULE_RETRY_MAX_MS. */
uint64_t schedule_delay(unsigned tries);

/* When the next reconcile is due; UINT64_MAX: not before the next event. */
uint64_t schedule_due(const struct schedule *p);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Limits the lines per period, so that others cannot flood the log. Pure; times are in milliseconds. */

#include <stdbool.h>
#include <stdint.h>

#define RATELIMIT_LINES 10
#define RATELIMIT_MS 10000

struct ratelimit {
	uint64_t began; /* start of the current period */
	unsigned said;
	uint64_t swallowed; /* not logged, and not yet reported as such */
};

/* Whether one more line may be logged now; if not, it is counted. */
bool ratelimit_allows(struct ratelimit *l, uint64_t now);

/* When the number of suppressed lines must be logged at the latest; UINT64_MAX: there are none. */
uint64_t ratelimit_due(const struct ratelimit *l);

/*
 * Returns how many lines were suppressed, once their period is over; 0: none, or the period still runs. Resets the
 * count.
 */
uint64_t ratelimit_swallowed(struct ratelimit *l, uint64_t now);

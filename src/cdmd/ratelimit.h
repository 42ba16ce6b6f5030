/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Limits the lines per period, so that others cannot flood the log. Pure; times are in milliseconds. */

#include <stdbool.h>
#include <stdint.h>

#define LIMITER_LINES 10
#define LIMITER_MS 10000

struct limiter {
	uint64_t began; /* start of the current period */
	unsigned said;
	uint64_t swallowed; /* not logged, and not yet reported as such */
};

/* Whether one more line may be logged now; if not, it is counted. */
bool limiter_allows(struct limiter *l, uint64_t now);

/* When the number of suppressed lines must be logged at the latest; UINT64_MAX: there are none. */
uint64_t limiter_due(const struct limiter *l);

/*
 * Returns how many lines were suppressed, once their period is over; 0: none, or the period still runs. Resets the
 * count.
 */
uint64_t limiter_swallowed(struct limiter *l, uint64_t now);

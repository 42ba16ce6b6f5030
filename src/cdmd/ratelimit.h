/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* So many lines a while and no more: what others can provoke must not flood the log. Pure; milliseconds. */

#include <stdbool.h>
#include <stdint.h>

#define LIMITER_LINES 10
#define LIMITER_MS 10000

struct limiter {
	uint64_t began; /* of the while that runs */
	unsigned said;
	uint64_t swallowed; /* since something was last said of it */
};

/* Whether one more may be said now; otherwise it is counted. */
bool limiter_allows(struct limiter *l, uint64_t now);

/* When what was swallowed must be told at the latest, UINT64_MAX: nothing was. */
uint64_t limiter_due(const struct limiter *l);

/* How many were swallowed until now, once their while is over; 0: none, or not yet. They count as told. */
uint64_t limiter_swallowed(struct limiter *l, uint64_t now);

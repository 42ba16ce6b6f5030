/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A message that repeats is let through now and then, and the others are counted. */

#include "ratelimit.h"

bool limiter_allows(struct limiter *l, uint64_t now)
{
	if (!l->said || now - l->began >= LIMITER_MS) {
		l->began = now;
		l->said = 0;
	}
	if (l->said < LIMITER_LINES) {
		l->said++;
		return true;
	}
	l->swallowed++;
	return false;
}

uint64_t limiter_due(const struct limiter *l)
{
	return l->swallowed ? l->began + LIMITER_MS : UINT64_MAX;
}

uint64_t limiter_swallowed(struct limiter *l, uint64_t now)
{
	uint64_t n = l->swallowed;

	if (limiter_due(l) > now)
		return 0;
	l->swallowed = 0;
	return n;
}

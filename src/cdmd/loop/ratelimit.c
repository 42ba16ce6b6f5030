/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Limits how often a repeated message is logged, and counts those that are left out. */

#include "ratelimit.h"

bool ratelimit_allows(struct ratelimit *l, uint64_t now)
{
	if (!l->said || now - l->began >= RATELIMIT_MS) {
		l->began = now;
		l->said = 0;
	}
	if (l->said < RATELIMIT_LINES) {
		l->said++;
		return true;
	}
	l->swallowed++;
	return false;
}

uint64_t ratelimit_due(const struct ratelimit *l)
{
	return l->swallowed ? l->began + RATELIMIT_MS : UINT64_MAX;
}

uint64_t ratelimit_swallowed(struct ratelimit *l, uint64_t now)
{
	uint64_t n = l->swallowed;

	if (ratelimit_due(l) > now)
		return 0;
	l->swallowed = 0;
	return n;
}

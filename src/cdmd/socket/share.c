/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fair shares of the connections, by cgroup and user. */

#include "share.h"

#include "basic/cleanup.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One that is still in question, with what is left of its path. */
struct candidate {
	size_t index;
	const char *rest;
	uid_t uid;
};

/* Whether both are in the same cgroup at this level; at the end of their paths, whether both are of the same user. */
static bool is_together(const struct candidate *a, const struct candidate *b)
{
	size_t len = strcspn(a->rest, "/");

	if (strcspn(b->rest, "/") != len || strncmp(a->rest, b->rest, len) != 0)
		return false;
	return len > 0 || a->uid == b->uid;
}

/* The candidate whose cgroup, or user, has most; the last of them if several have as much. */
static struct candidate heaviest(const struct candidate *v, size_t n)
{
	size_t best = 0, most = 0;

	for (size_t i = n; i-- > 0;) {
		size_t count = 0;

		for (size_t k = 0; k < n; k++)
			count += is_together(&v[i], &v[k]);
		if (count > most) {
			most = count;
			best = i;
		}
	}
	return v[best];
}

/* Keeps those that are together with `with`, one level further down. Returns how many. */
static size_t descend(struct candidate *v, size_t n, struct candidate with)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct candidate c = v[i];

		if (!is_together(&c, &with))
			continue;
		c.rest += strcspn(c.rest, "/");
		c.rest += *c.rest == '/';
		v[kept++] = c;
	}
	return kept;
}

static size_t longest_idle(const struct share *v, const struct candidate *c, size_t n)
{
	size_t best = c[0].index;

	for (size_t i = 1; i < n; i++)
		if (v[c[i].index].since < v[best].since)
			best = c[i].index;
	return best;
}

size_t share_gives_way(const struct share *v, size_t n)
{
	_cleanup_free_ struct candidate *c = calloc(n, sizeof(*c));

	if (!c)
		return n - 1;
	for (size_t i = 0; i < n; i++)
		c[i] = (struct candidate){ i, v[i].cgroup, v[i].uid };
	for (size_t left = n, depth = 0;; depth++) {
		struct candidate with;

		if (depth == SHARE_DEPTH)
			for (size_t i = 0; i < left; i++)
				c[i].rest = "";
		with = heaviest(c, left);
		left = descend(c, left, with);
		if (!*with.rest)
			return c[left - 1].index == n - 1 ? n - 1 : longest_idle(v, c, left);
	}
}

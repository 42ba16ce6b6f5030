/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sets of numbers as sorted ranges: memory blocks, of which a big machine has 100,000. */

#include "idset.h"

#include "strutil.h"
#include "array.h"
#include "strv.h"

#include <errno.h>

/* Returns the index of the first range that ends at or after id, or n. */
static size_t find(const struct idset *s, uint64_t id)
{
	return FIND_PLACE(s->v, s->n, range, range->last < id);
}

bool idset_has(const struct idset *s, uint64_t id)
{
	size_t i = find(s, id);

	return i < s->n && s->v[i].first <= id;
}

int idset_add(struct idset *s, uint64_t id)
{
	size_t i = find(s, id);
	struct idrange *grown;
	bool joins_left = i > 0 && s->v[i - 1].last + 1 == id;
	bool joins_right = i < s->n && s->v[i].first == id + 1 && id != UINT64_MAX;

	if (i < s->n && s->v[i].first <= id)
		return 0;
	if (joins_left && joins_right) {
		s->v[i - 1].last = s->v[i].last;
		memmove(s->v + i, s->v + i + 1, (s->n - i - 1) * sizeof(*s->v));
		s->n--;
		return 0;
	}
	if (joins_left) {
		s->v[i - 1].last = id;
		return 0;
	}
	if (joins_right) {
		s->v[i].first = id;
		return 0;
	}
	grown = reallocarray(s->v, s->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	s->v = grown;
	memmove(s->v + i + 1, s->v + i, (s->n - i) * sizeof(*s->v));
	s->v[i] = (struct idrange){ id, id };
	s->n++;
	return 0;
}

int idset_minus(const struct idset *a, const struct idset *b, struct idset *ret)
{
	/* Each range of b cuts at most one range of a in two. */
	struct idset rest = { .v = calloc(a->n + b->n + 1, sizeof(*rest.v)) };

	if (!rest.v)
		return -ENOMEM;
	for (size_t i = 0; i < a->n; i++) {
		uint64_t first = a->v[i].first, last = a->v[i].last;
		bool left = true;

		for (size_t j = find(b, first); left && j < b->n && b->v[j].first <= last; j++) {
			if (b->v[j].first > first)
				rest.v[rest.n++] = (struct idrange){ first, b->v[j].first - 1 };
			left = b->v[j].last < last;
			first = left ? b->v[j].last + 1 : last;
		}
		if (left)
			rest.v[rest.n++] = (struct idrange){ first, last };
	}
	*ret = rest;
	return 0;
}

bool idset_equal(const struct idset *a, const struct idset *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->v, b->v, a->n * sizeof(*a->v)) == 0);
}

int idset_parse(const char *text, struct idset *ret)
{
	_cleanup_strv_ struct strv fields = STRV_NONE;
	_cleanup_idset_ struct idset s = IDSET_NONE;
	int r = strv_split(text, ",", &fields);

	if (r < 0)
		return r;
	s.v = calloc(fields.n ? fields.n : 1, sizeof(*s.v));
	if (!s.v)
		return -ENOMEM;
	for (; s.n < fields.n; s.n++) {
		struct idrange *range = &s.v[s.n];

		r = parse_range(fields.s[s.n], &range->first, &range->last);
		if (r < 0)
			return r;
		/*
		 * idset_format() writes ranges in ascending order and not adjacent; anything else was written by
		 * another program.
		 */
		if (range->last == UINT64_MAX || (s.n > 0 && range->first <= s.v[s.n - 1].last))
			return -EINVAL;
	}
	*ret = TAKE(s, IDSET_NONE);
	return 0;
}

char *idset_format(const struct idset *s)
{
	_cleanup_strv_ struct strv fields = STRV_NONE;

	for (size_t i = 0; i < s->n; i++) {
		unsigned long long first = s->v[i].first, last = s->v[i].last;

		if ((first == last ? strv_addf(&fields, "%llu", first) : strv_addf(&fields, "%llu-%llu", first, last)) < 0)
			return NULL;
	}
	return strv_join(&fields, ",");
}

void idset_free(struct idset *s)
{
	free(s->v);
	*s = IDSET_NONE;
}

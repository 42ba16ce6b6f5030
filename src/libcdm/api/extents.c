/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Free pieces of a devdax mapping: first fit, neighbours are joined. */

#include "extents.h"

#include <errno.h>
#include <string.h>

int extents_init(struct extents *e, uint64_t size)
{
	struct extent *v = malloc(2 * sizeof(*v));

	if (!v)
		return -ENOMEM;
	v[0] = (struct extent){ 0, size };
	*e = (struct extents){ .v = v, .n = 1, .room = 2 };
	return 0;
}

void extents_done(struct extents *e)
{
	free(e->v);
	*e = EXTENTS_NONE;
}

/*
 * Makes room now for what extents_give() may need: each block given back, and what is left beside a new one on both
 * sides, can become one more extent.
 */
static int make_room(struct extents *e)
{
	size_t room = e->n + e->blocks + 3;
	struct extent *grown;

	if (room <= e->room)
		return 0;
	grown = reallocarray(e->v, room * 2, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	e->v = grown;
	e->room = room * 2;
	return 0;
}

static void insert(struct extents *e, size_t at, uint64_t offset, uint64_t size)
{
	memmove(e->v + at + 1, e->v + at, (e->n - at) * sizeof(*e->v));
	e->v[at] = (struct extent){ offset, size };
	e->n++;
}

static void drop(struct extents *e, size_t at)
{
	memmove(e->v + at, e->v + at + 1, (e->n - at - 1) * sizeof(*e->v));
	e->n--;
}

int extents_take(struct extents *e, uint64_t size, uint64_t align, uint64_t *ret)
{
	int r = make_room(e);

	for (size_t i = 0; r >= 0 && i < e->n; i++) {
		struct extent x = e->v[i];
		uint64_t skip = -x.offset & (align - 1);

		if (skip > x.size || x.size - skip < size)
			continue;
		drop(e, i);
		if (x.size - skip > size)
			insert(e, i, x.offset + skip + size, x.size - skip - size);
		if (skip)
			insert(e, i, x.offset, skip);
		e->blocks++;
		*ret = x.offset + skip;
		return 0;
	}
	return r < 0 ? r : -ENOSPC;
}

int extents_give(struct extents *e, uint64_t offset, uint64_t size)
{
	size_t i = 0;
	bool joins_left, joins_right;

	while (i < e->n && e->v[i].offset < offset)
		i++;
	if (e->blocks == 0 || size == 0 || (i > 0 && e->v[i - 1].offset + e->v[i - 1].size > offset) ||
	    (i < e->n && e->v[i].offset < offset + size))
		return -EINVAL;
	joins_left = i > 0 && e->v[i - 1].offset + e->v[i - 1].size == offset;
	joins_right = i < e->n && e->v[i].offset == offset + size;
	if (joins_right) {
		e->v[i].offset = offset;
		e->v[i].size += size;
	} else {
		insert(e, i, offset, size);
	}
	if (joins_left) {
		e->v[i - 1].size += e->v[i].size;
		drop(e, i);
	}
	e->blocks--;
	return 0;
}

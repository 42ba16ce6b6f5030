/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Moves neighbouring mappings together that are separate only because of a rule. */

#include "join.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "bind.h"
#include "placement/pieces.h"
#include "preload.h"
#include "self-maps.h"
#include "sys.h"

/* What is known about a range, after its mappings up to `at`. */
struct walk {
	uintptr_t at, end;
	struct mapping first;
	unsigned parts;
	bool is_bound;   /* a rule has bound a part */
	bool is_foreign; /* a part is of another kind than the first, or the program gave it a policy */
};

static bool is_alike(const struct mapping *a, const struct mapping *b)
{
	return memcmp(a->rights, b->rights, sizeof(a->rights)) == 0 && a->device == b->device && a->inode == b->inode &&
	       a->is_private_anonymous == b->is_private_anonymous;
}

static bool look(const struct mapping *m, void *arg)
{
	struct walk *w = arg;
	void *p = (void *)w->at;
	bool is_bound;

	if (m->end <= w->at)
		return true;
	if (w->parts++ == 0)
		w->first = *m;
	is_bound = preload_target_of(p);
	w->is_bound |= is_bound;
	w->is_foreign = m->start > w->at || !is_alike(m, &w->first) || (!is_bound && !bind_is_free(p));
	w->at = m->end;
	return !w->is_foreign && w->at < w->end;
}

static bool begin(const struct remap *r, struct pieces *ret)
{
	const uint64_t args[] = { (uintptr_t)r->p, r->old_size, r->size, (uint64_t)r->flags, (uintptr_t)r->to };

	return pieces_begin(ret, args, (uint64_t)getpagesize());
}

bool join_is_for(const struct remap *r)
{
	struct walk w = { .at = (uintptr_t)r->p, .end = (uintptr_t)r->p + r->old_size };
	struct pieces pieces;

	if (!bind_maybe(r->p, r->old_size) || !begin(r, &pieces))
		return false;
	maps_each(look, &w);
	return w.parts > 1 && w.is_bound && !w.is_foreign && w.at >= w.end;
}

static uint64_t start_of(void *unused, uint64_t at)
{
	struct mapping m;

	(void)unused;
	return maps_at((void *)at, &m) ? m.start : 0;
}

static int64_t call(const struct pieces_call *c)
{
	const uint64_t *a = c->args;
	long r = syscall(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);

	return r == -1 ? -errno : r;
}

void *join_mremap(const struct remap *r)
{
	struct pieces_call next;
	struct pieces pieces;
	int saved = errno;

	(void)begin(r, &pieces);
	while (pieces_next(&pieces, start_of, NULL, &next))
		pieces_made(&pieces, call(&next));
	errno = pieces.result < 0 ? (int)-pieces.result : saved;
	return pieces.result < 0 ? MAP_FAILED : (void *)pieces.result;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* cdm_migrate(), cdm_where() and cdm_count(): moves pages, and says where they are. */

#include "cdm-internal.h"
#include "cdm.h"

#include "basic/move-pages.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <string.h>

/* All parts of a huge page, which moves as one, are in one batch. */
#define BATCH 512

#define NOT_TOLD INT_MIN

static int failed(int code, struct error *err)
{
	return fail(err, code, "move_pages: %m%s", code == -EPERM ? FORBIDDEN_CALL : "");
}

static int ask(struct page_batch *b, struct error *err)
{
	int r = batch_look(b, 0);

	return r < 0 ? failed(r, err) : 0;
}

/* nodes NULL: on any node. */
static size_t count(const struct page_batch *b, const struct nodeset *nodes)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += b->status[i] >= 0 && (!nodes || nodeset_has(nodes, b->status[i]));
	return n;
}

/* Moving ----------------------------------------------------------------------------------------------------------- */

/* The kernel's reasons for pages that stayed where they were. */
struct trouble {
	int why[BATCH]; /* a negative errno, or 0: none given */
	bool is_full;
};

/*
 * Moves the pages that are elsewhere to one node. Returns 1 if some stayed and the kernel did not say why. When the
 * kernel could not move all pages of a lot, it leaves the statuses of the whole lot unset (do_pages_move()), so this
 * function asks once more where the pages are.
 */
static int try_to(struct page_batch *b, const struct nodeset *to, int node, struct trouble *t, struct error *err)
{
	int nodes[BATCH], status[BATCH];
	size_t index[BATCH], n = 0;
	void *page[BATCH];
	long r;
	int e;

	for (size_t i = 0; i < b->n; i++) {
		if (b->status[i] < 0 || nodeset_has(to, b->status[i]))
			continue;
		nodes[n] = node;
		status[n] = NOT_TOLD;
		page[n] = b->pages[i];
		index[n++] = i;
	}
	if (n == 0)
		return 0;
	r = move_pages_of(0, n, page, nodes, status);
	/*
	 * Ignore EBUSY: the kernel also reports it for the second part of a huge page (add_folio_for_migration()), and
	 * move_batch() assumes it when there is no other reason.
	 */
	for (size_t i = 0; i < n; i++)
		if (status[i] < 0 && status[i] != NOT_TOLD && status[i] != -EBUSY)
			t->why[index[i]] = status[i];
	/* ENODEV, EACCES: the node has just gone, or this process may not use it any more. */
	if (r < 0 && r != -ENOMEM && r != -ENOENT && r != -ENODEV && r != -EACCES)
		return failed((int)r, err);
	t->is_full |= r == -ENOMEM;
	e = ask(b, err);
	return e < 0 ? e : r > 0;
}

/*
 * When a huge page finds no room, the kernel reports only that it stayed, but has split it (mm/migrate.c,
 * migrate_pages_batch()). A second call then gets a status for each part.
 */
static int move_to(struct page_batch *b, const struct nodeset *to, int node, struct trouble *t, struct error *err)
{
	int r = try_to(b, to, node, t, err);

	return r > 0 ? try_to(b, to, node, t, err) : r;
}

/* Tries the nodes in ascending order, but first the one that this thread runs on, and the next when one is full. */
static int move_batch(struct page_batch *b, const struct nodeset *to, struct error *err)
{
	struct trouble t = { .is_full = false };
	struct nodeset left = *to;
	unsigned here;
	int r = ask(b, err);

	if (r >= 0 && getcpu(NULL, &here) == 0 && nodeset_has(to, (int)here)) {
		nodeset_del(&left, (int)here);
		r = move_to(b, to, (int)here, &t, err);
	}
	for (int node = nodeset_next(&left, 0); r >= 0 && node >= 0; node = nodeset_next(&left, node + 1))
		r = move_to(b, to, node, &t, err);
	for (size_t i = 0; r >= 0 && i < b->n; i++)
		if (b->status[i] >= 0 && !nodeset_has(to, b->status[i]))
			b->status[i] = t.why[i] ? t.why[i] : t.is_full ? -ENOMEM : -EBUSY;
	return r;
}

/* Both ------------------------------------------------------------------------------------------------------------- */

static ssize_t each_batch(const struct pages *pages, bool move, const struct nodeset *nodes, int *status, struct error *err)
{
	const uintptr_t start = (uintptr_t)pages->start, end = start + pages->n * page_size();
	struct page_batch b = PAGE_BATCH(BATCH);
	size_t there = 0;

	for (size_t i = 0; i < pages->n; i += b.n) {
		int r;

		batch_fill(&b, start + i * page_size(), end);
		r = move ? move_batch(&b, nodes, err) : ask(&b, err);
		if (r < 0)
			return r;
		there += count(&b, nodes);
		if (status)
			memcpy(status + i, b.status, b.n * sizeof(*status));
	}
	return (ssize_t)there;
}

ssize_t count_pages(const struct pages *pages, const struct nodeset *nodes, int *status, struct error *err)
{
	return each_batch(pages, false, nodes, status, err);
}

ssize_t migrate_pages_to(const struct pages *pages, const struct nodeset *to, int *status, struct error *err)
{
	return each_batch(pages, true, to, status, err);
}

_public_ ssize_t cdm_migrate(void *addr, size_t size, const char *where, int *status)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	struct pages pages;
	struct place to = { 0 };
	int r = pages_of(addr, size, &pages, &err);

	if (r >= 0)
		r = place_need(where, &to, &err);
	return cdm_told(r < 0 ? r : migrate_pages_to(&pages, &to.now, status, &err), &err);
}

_public_ ssize_t cdm_where(const void *addr, size_t size, int *status)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	struct pages pages;
	int r = pages_of(addr, size, &pages, &err);

	return cdm_told(r < 0 ? r : count_pages(&pages, NULL, status, &err), &err);
}

_public_ ssize_t cdm_count(const void *addr, size_t size, const char *where)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	struct pages pages;
	struct place on = { 0 };
	int r = pages_of(addr, size, &pages, &err);

	if (r >= 0)
		r = place_find(where, &on, &err);
	return cdm_told(r < 0 ? r : count_pages(&pages, &on.all, NULL, &err), &err);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * --move: moves pages that exist already, from outside, by move_pages(2). Meanwhile the process is stopped with its own
 * registers, so it continues unharmed if cdm-launch is killed, and its mappings cannot change.
 */

#include "launch-attach.h"

#include "basic/move-pages.h"

#include <errno.h>
#include <signal.h>

/* A huge page, which moves as a whole, is counted in one batch. */
#define BATCH 512

/* A signal asks cdm-launch to end: pages that were moved stay where they are. */
static bool is_interrupted(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && (sigismember(&pending, SIGINT) > 0 || sigismember(&pending, SIGTERM) > 0 ||
					     sigismember(&pending, SIGHUP) > 0);
}

/* Interleaved rules spread page by page; others use the first node, and the next ones for what it has no room for. */
static int node_for(const struct placement_target *t, const struct nodeset *present, uint64_t page, int attempt)
{
	uint64_t skip = t->policy == POLICY_INTERLEAVE || t->policy == POLICY_WEIGHTED ? page : 0;
	const int n = nodeset_count(present);
	int node = nodeset_next(present, 0);

	for (skip = (skip + (uint64_t)attempt) % (uint64_t)n; skip > 0; skip--)
		node = nodeset_next(present, node + 1);
	return node;
}

/* Keeps only the pages of the batch that are on other nodes. */
static void keep_strays(struct page_batch *b, const struct nodeset *there)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		if (b->status[i] >= 0 && !nodeset_has(there, b->status[i]))
			b->pages[n++] = b->pages[i];
	b->n = n;
}

static int move_batch(const struct launch *l, const struct placement_target *t, struct page_batch *b, struct moved *moved)
{
	const struct nodeset there = nodeset_or(&l->present, &l->system), present = nodeset_and(&t->nodes, &there);
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int nodes[BATCH];
	size_t strays;
	int r = batch_look(b, l->attach);

	if (r < 0)
		return r;
	keep_strays(b, &t->nodes);
	strays = b->n;
	for (int attempt = 0; attempt < nodeset_count(&present) && b->n > 0 && r >= 0; attempt++) {
		for (size_t i = 0; i < b->n; i++)
			nodes[i] = node_for(t, &present, (uintptr_t)b->pages[i] / page, attempt);
		r = (int)move_pages_of(l->attach, b->n, b->pages, nodes, b->status);
		/* The node is full: the remaining pages may find room on the next one. */
		if (r >= 0 || r == -ENOMEM)
			r = batch_look(b, l->attach);
		keep_strays(b, &t->nodes);
	}
	moved->moved += strays - b->n;
	moved->stayed += b->n;
	return r;
}

static int move_to(const struct launch *l, const struct range *range, const struct placement_target *t,
		   struct moved *moved, struct error *err)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct page_batch b = PAGE_BATCH(BATCH);
	int r = 0;

	for (uint64_t at = range->map->start, next; at < range->map->end && r >= 0 && !moved->interrupted; at = next) {
		batch_fill(&b, at, range->map->end);
		next = at + b.n * page;
		r = move_batch(l, t, &b, moved);
		moved->interrupted = is_interrupted();
	}
	return r < 0 ? fail(err, r, "process %d: moving pages of %llx-%llx: %m", l->attach,
			    (unsigned long long)range->map->start, (unsigned long long)range->map->end) :
		       0;
}

int range_move(const struct launch *l, const struct range *range, struct moved *moved, struct error *err)
{
	const struct placement_target *t = rule_target(&l->place, range->rule);
	struct moved m = { 0 };
	int r = move_to(l, range, t, &m, err);

	moved->moved += m.moved;
	moved->stayed += m.stayed;
	moved->interrupted = moved->interrupted || m.interrupted;
	if (t->policy == POLICY_BIND)
		moved->missing += m.stayed + m.interrupted;
	return r;
}

int range_move_back(const struct launch *l, const struct range *range, struct error *err)
{
	const struct placement_target system = { .policy = POLICY_PREFER, .nodes = l->system };
	struct moved moved = { 0 };

	return move_to(l, range, &system, &moved, err);
}

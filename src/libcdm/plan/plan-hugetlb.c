/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pools of huge pages on device nodes: written once for each time that a node's memory comes, or the wish changes. */

#include "plan-internal.h"

#include "basic/strutil.h"

#include <errno.h>
#include <inttypes.h>

static int add_step(struct plan *plan, int node, uint64_t page_size, uint64_t pages)
{
	int r = plan_add_node(plan, STEP_HUGEPAGES, node);

	if (r >= 0)
		plan_last(plan)->pool = (struct hugepool){ page_size, pages };
	return r;
}

static bool comes_online(const struct planner *p, int node)
{
	if (nodeset_has(&p->now->topology->has_memory, node))
		return true;
	for (size_t i = 0; i < p->plan->n; i++)
		if (p->plan->steps[i].kind == STEP_ONLINE && p->plan->steps[i].node == node)
			return true;
	return false;
}

static int plan_pool(struct planner *p, int node, uint64_t page_size, uint64_t want)
{
	const struct node_pool *pool = hugepages_pool(&p->now->hugepages, node, page_size);
	const struct saved_pool *saved = state_pool(p->state, node, page_size);
	uint64_t pages = pool ? pool->pages : 0;

	/*
	 * Pages that could not be had are not asked for again at every event: the kernel would compact the node each
	 * time.
	 */
	if (saved && saved->asked == want) {
		if (pages >= want)
			return 0;
		return strv_addf(&p->plan->problems,
				 "node %d has %" PRIu64 " of the %" PRIu64
				 " huge pages of %s that its class asks for: no more were "
				 "to be had when it came online; `cdmadm online %d` tries again",
				 node, pages, want, SIZE_STR(page_size), node);
	}
	return pages == want ? 0 : add_step(p->plan, node, page_size, want);
}

static bool is_there(const struct hugepages *h, uint64_t page_size)
{
	for (size_t i = 0; i < h->n_sizes; i++)
		if (h->sizes[i] == page_size)
			return true;
	return false;
}

static int plan_unknown_size(struct planner *p, const struct class *class, uint64_t page_size)
{
	const struct hugepages *h = &p->now->hugepages;
	_cleanup_strv_ struct strv sizes = STRV_NONE;
	_cleanup_free_ char *known = NULL;
	int r = 0;

	for (size_t i = 0; i < h->n_sizes && r >= 0; i++)
		r = strv_add(&sizes, SIZE_STR(h->sizes[i]));
	known = r >= 0 ? strv_join(&sizes, ", ") : NULL;
	return known ? strv_addf(&p->plan->problems, "class %s: this machine has no huge pages of %s, only of: %s",
				 class->name, SIZE_STR(page_size), *known ? known : "no size at all") :
		       -ENOMEM;
}

static bool asks_for(const struct class *class, uint64_t page_size)
{
	for (size_t i = 0; i < class->n_hugepools; i++)
		if (class->hugepools[i].page_size == page_size)
			return true;
	return false;
}

static int plan_wish(struct planner *p, const struct class *class, const struct hugepool *wish, const struct nodeset *nodes)
{
	int r = 0;

	if (!is_there(&p->now->hugepages, wish->page_size))
		return plan_unknown_size(p, class, wish->page_size);
	for (int node = nodeset_next(nodes, 0); r >= 0 && node >= 0; node = nodeset_next(nodes, node + 1))
		if (comes_online(p, node))
			r = plan_pool(p, node, wish->page_size, wish->pages);
	return r;
}

static int plan_class(struct planner *p, size_t c)
{
	const struct class *class = &p->config->classes[c];
	struct nodeset nodes = nodeset_minus(&p->now->classes->of_class[c], &p->state->withdrawn);
	int r = 0;

	if (nodeset_empty(&nodes))
		return 0;
	for (size_t i = 0; i < class->n_hugepools && r >= 0; i++)
		r = plan_wish(p, class, &class->hugepools[i], &nodes);
	/* Pools that a drain took, or that an earlier configuration asked for, get their former size. */
	for (size_t i = 0; i < p->state->n_pools && r >= 0; i++) {
		const struct saved_pool *saved = &p->state->pools[i];

		if (nodeset_has(&nodes, saved->node) && comes_online(p, saved->node) && !asks_for(class, saved->page_size))
			r = plan_pool(p, saved->node, saved->page_size, saved->before);
	}
	return r;
}

int plan_hugepages(struct planner *p)
{
	int r = 0;

	for (size_t c = 0; c < p->config->n_classes && r >= 0; c++)
		r = plan_class(p, c);
	return r;
}

int plan_pools_down(struct planner *p, int node)
{
	const struct hugepages *h = &p->now->hugepages;
	int r = 0;

	for (size_t i = 0; i < h->n_pools && r >= 0; i++)
		if (h->pools[i].node == node && h->pools[i].unused > 0)
			r = add_step(p->plan, node, h->pools[i].page_size, 0);
	return r;
}

int plan_pools_back(struct plan *plan, const struct snapshot *now, const struct state *state)
{
	int r = 0;

	for (size_t i = 0; i < state->n_pools && r >= 0; i++) {
		const struct saved_pool *saved = &state->pools[i];
		const struct node_pool *pool = hugepages_pool(&now->hugepages, saved->node, saved->page_size);

		if (pool && pool->pages != saved->before)
			r = add_step(plan, saved->node, saved->page_size, saved->before);
	}
	return r;
}

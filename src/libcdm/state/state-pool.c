/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The original sizes of the pools of huge pages that cdm-tools has changed, and the sizes that it tried. */

#include "state-internal.h"

#include "basic/array.h"

#include <errno.h>

struct saved_pool *state_pool(const struct state *s, int node, uint64_t page_size)
{
	for (size_t i = 0; i < s->n_pools; i++)
		if (s->pools[i].node == node && s->pools[i].page_size == page_size)
			return &s->pools[i];
	return NULL;
}

static int add(struct state *s, const struct saved_pool *pool)
{
	if (!RESERVE(s->pools, s->n_pools))
		return -ENOMEM;
	s->pools[s->n_pools++] = *pool;
	return 0;
}

int state_remember_pool(struct state *s, int node, uint64_t page_size, uint64_t before)
{
	const struct saved_pool pool = { .node = node, .page_size = page_size, .before = before };

	return state_pool(s, node, page_size) ? 0 : add(s, &pool);
}

void state_try_pools_again(struct state *s, int node)
{
	for (size_t i = 0; i < s->n_pools; i++)
		if (s->pools[i].node == node)
			s->pools[i].tried = false;
}

void state_forget_pools(struct state *s, const struct nodeset *keep)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_pools; i++)
		if (nodeset_has(keep, s->pools[i].node))
			s->pools[kept++] = s->pools[i];
	s->n_pools = kept;
}

int pools_from_json(const json_t *doc, struct state *s)
{
	const json_t *list = json_object_get(doc, "hugepages");
	size_t i;
	json_t *item;

	if (list && !json_is_array(list))
		return -EINVAL;
	json_array_foreach(list, i, item) {
		struct saved_pool pool = { 0 };
		json_int_t size, before, asked = -1;
		int r;

		if (json_unpack(item, "{s:i, s:I, s:I, s?I}", "node", &pool.node, "size", &size, "before", &before,
				"asked", &asked) < 0 ||
		    pool.node < 0 || pool.node >= NODESET_MAX || size <= 0 || before < 0)
			return -EINVAL;
		pool.page_size = (uint64_t)size;
		pool.before = (uint64_t)before;
		pool.tried = asked >= 0;
		pool.asked = pool.tried ? (uint64_t)asked : 0;
		r = add(s, &pool);
		if (r < 0)
			return r;
	}
	return 0;
}

json_t *pools_to_json(const struct state *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_pools; i++) {
		const struct saved_pool *pool = &s->pools[i];
		json_t *item = json_pack("{s:i, s:I, s:I}", "node", pool->node, "size", (json_int_t)pool->page_size,
					 "before", (json_int_t)pool->before);

		if (pool->tried)
			json_object_set_new(item, "asked", json_integer((json_int_t)pool->asked));
		if (json_array_append_new(list, item) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

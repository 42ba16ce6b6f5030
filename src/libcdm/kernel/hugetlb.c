/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pools of huge pages as sysfs shows them. */

#include "hugetlb.h"

#include "basic/array.h"
#include "basic/strutil.h"

#include <errno.h>
#include <inttypes.h>

void hugepages_free(struct hugepages *h)
{
	free(h->pools);
	free(h->sizes);
	*h = HUGEPAGES_NONE;
}

/* "hugepages-2048kB": its size in bytes; 0: the name is not that of a pool. */
static uint64_t size_of_name(const char *name)
{
	const char *digits = after_prefix(name, "hugepages-");
	_cleanup_free_ char *number = digits && has_suffix(digits, "kB") ? strndup(digits, strlen(digits) - 2) : NULL;
	uint64_t kib;

	return number && parse_u64(number, &kib) == 0 && kib < UINT64_MAX / 1024 ? kib * 1024 : 0;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int read_sizes(const struct root *root, struct hugepages *h)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	int r = root_list(root, &names, "sys/kernel/mm/hugepages");

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	h->sizes = calloc(names.n ? names.n : 1, sizeof(*h->sizes));
	if (!h->sizes)
		return -ENOMEM;
	for (size_t i = 0; i < names.n; i++) {
		h->sizes[h->n_sizes] = size_of_name(names.s[i]);
		h->n_sizes += h->sizes[h->n_sizes] > 0;
	}
	qsort(h->sizes, h->n_sizes, sizeof(*h->sizes), compare);
	return 0;
}

static int read_pool(const struct root *root, int node, uint64_t page_size, struct hugepages *h)
{
	struct node_pool pool = { .node = node, .page_size = page_size };
	int r;

	if (!RESERVE(h->pools, h->n_pools))
		return -ENOMEM;
	r = root_read_u64(root, &pool.pages, POOL_FILE, node, page_size / 1024, "nr_hugepages");
	if (r >= 0)
		r = root_read_u64(root, &pool.unused, POOL_FILE, node, page_size / 1024, "free_hugepages");
	if (r >= 0)
		h->pools[h->n_pools++] = pool;
	return r == -ENOENT || r == -ENODEV ? 0 : r;
}

static int read_node(const struct root *root, int node, struct hugepages *h)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	int r = root_list(root, &names, POOL_DIR, node);

	for (size_t i = 0; r >= 0 && i < names.n; i++)
		if (size_of_name(names.s[i]) > 0)
			r = read_pool(root, node, size_of_name(names.s[i]), h);
	return r == -ENOENT || r == -ENODEV ? 0 : r;
}

int hugepages_read(const struct root *root, const struct nodeset *nodes, struct hugepages *ret)
{
	_cleanup_hugepages_ struct hugepages h = HUGEPAGES_NONE;
	int r = read_sizes(root, &h);

	for (int node = nodeset_next(nodes, 0); r >= 0 && node >= 0; node = nodeset_next(nodes, node + 1))
		r = read_node(root, node, &h);
	if (r < 0)
		return r;
	*ret = TAKE(h, HUGEPAGES_NONE);
	return 0;
}

uint64_t hugepages_used(const struct hugepages *h, int node)
{
	uint64_t used = 0;

	for (size_t i = 0; i < h->n_pools; i++) {
		const struct node_pool *pool = &h->pools[i];

		if (pool->node == node && pool->pages > pool->unused)
			used += (pool->pages - pool->unused) * pool->page_size;
	}
	return used;
}

const struct node_pool *hugepages_pool(const struct hugepages *h, int node, uint64_t page_size)
{
	for (size_t i = 0; i < h->n_pools; i++)
		if (h->pools[i].node == node && h->pools[i].page_size == page_size)
			return &h->pools[i];
	return NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "hugetlb.h"

#include "basic/strutil.h"
#include "libcdm/engine/worker.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#define POOL_DIR "sys/devices/system/node/node%d/hugepages"
#define POOL_FILE POOL_DIR "/hugepages-%" PRIu64 "kB/%s"

/* Where 6.1 registers a node's pools: some time after its memory is online (node_hugetlb_work()). */
#define APPEARS_MS 2000
#define LOOK_MS 10

void hugepages_free(struct hugepages *h)
{
	free(h->pools);
	free(h->sizes);
	*h = HUGEPAGES_NONE;
}

/* "hugepages-2048kB": its size in bytes, 0: that is no pool. */
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
	struct node_pool *grown = reallocarray(h->pools, h->n_pools + 1, sizeof(*grown));
	int r;

	if (!grown)
		return -ENOMEM;
	h->pools = grown;
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

const struct node_pool *hugepages_pool(const struct hugepages *h, int node, uint64_t page_size)
{
	for (size_t i = 0; i < h->n_pools; i++)
		if (h->pools[i].node == node && h->pools[i].page_size == page_size)
			return &h->pools[i];
	return NULL;
}

struct setting {
	const struct root *root;
	int node;
	uint64_t kib, pages;
	struct {
		int r;
		uint64_t pages;
	} * got; /* shared */
};

static void set(void *arg)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	struct setting *s = arg;
	char number[24];

	for (unsigned waited = 0;
	     !root_exists(s->root, POOL_FILE, s->node, s->kib, "nr_hugepages") && waited < APPEARS_MS; waited += LOOK_MS)
		nanosleep(&pause, NULL);
	snprintf(number, sizeof(number), "%" PRIu64, s->pages);
	s->got->r = root_write(s->root, number, POOL_FILE, s->node, s->kib, "nr_hugepages");
	if (s->got->r >= 0)
		s->got->r = root_read_u64(s->root, &s->got->pages, POOL_FILE, s->node, s->kib, "nr_hugepages");
}

int hugepages_set(const struct root *root, const struct cgroups *cgroups, int node, uint64_t page_size, uint64_t pages,
		  unsigned limit_ms, uint64_t *ret, struct error *err)
{
	struct setting s = { root, node, page_size / 1024, pages, errand_alloc(sizeof(*s.got)) };
	const struct errand errand = { .root = root, .cgroups = cgroups, .limit_ms = limit_ms, .fn = set, .arg = &s };
	_cleanup_error_ struct error why = ERROR_NONE;
	int r = s.got ? errand_run(&errand, &why) : fail(&why, -ENOMEM, "%m");

	/* Cut short, it has what there was time for. */
	if (r == 1)
		s.got->r = root_read_u64(root, &s.got->pages, POOL_FILE, node, s.kib, "nr_hugepages");
	if (r >= 0 && s.got->r < 0)
		r = fail(&why, s.got->r, "%m");
	if (r >= 0)
		*ret = s.got->pages;
	else
		fail(err, r, "node %d: its huge pages of %s: %s", node, SIZE_STR(page_size), error_text(&why));
	errand_free(s.got, sizeof(*s.got));
	return r;
}
